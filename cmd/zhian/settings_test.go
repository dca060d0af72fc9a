package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file goes before a default, the environment before the file, a flag before all.
func TestWhereSettingsComeFrom(t *testing.T) {
	t.Parallel()
	path := write(t, "zhian.json", `{"listen": "10.0.0.1:1", "origin": "file.example", "zone": "Europe/London", "log_level": "warn", "rate": 7.5, "behind_proxy": true}`)
	r := zhian(t, "ZHIAN_ORIGIN=environment.example", "ZHIAN_ZONE=Asia/Tokyo", "config", "--json", "--config", path, "--zone", "UTC", "--data", "/srv/x")
	r.says(t, done)
	var got map[string]setting
	decode(t, r.out, &got)
	for name, want := range map[string]setting{
		"profile":   {"standard", "default", ""},
		"listen":    {"10.0.0.1:1", "file", path},
		"log-level": {"warn", "file", path},
		"rate":      {"7.5", "file", path},

		"behind-proxy": {"true", "file", path},
		"origin":       {"environment.example", "environment", "ZHIAN_ORIGIN"},
		"zone":         {"UTC", "flag", "--zone"},
		"data":         {"/srv/x", "flag", "--data"},
	} {
		if got[name] != want {
			t.Errorf("%s: got %+v, want %+v", name, got[name], want)
		}
	}
	again := zhian(t, "ZHIAN_CONFIG="+path, "config")
	again.says(t, done, "10.0.0.1:1", "file "+path)
}

func TestConfigHidesPasswords(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"config"}, {"config", "--json"}} {
		r := zhian(t, append([]string{"ZHIAN_DATABASE=postgres://anna:s3cret@db/zhian", "ZHIAN_REDIS=redis://:s3cret@cache",
			"ZHIAN_KAFKA=kafka://anna:s3cret@a:9092,b:9092?tls=true"}, args...)...)
		r.says(t, done, "postgres://anna:xxxxx@db/zhian", "redis://:xxxxx@cache", "kafka://anna:xxxxx@a:9092,b:9092?tls=true")
		if strings.Contains(r.out+r.err, "s3cret") {
			t.Errorf("%v shows the password", args)
		}
	}
}

func TestFilesOfSettingsAreStrict(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		`{"lisen": "x"}`:         `"lisen" is no setting; there are`,
		`{"listen": [8110]}`:     "listen must be a text, a number",
		`{"rate": "many"}`:       "rate",
		`{"rate": 0}`:            "must be more than 0",
		`{"listen": "x"`:         "not a JSON object",
		`["listen"]`:             "not a JSON object",
		`{"profile": "rot13"}`:   "profile",
		`{"config": "other"}`:    `"config" is no setting`,
		`{"rebuild": "true"}`:    `"rebuild" is no setting`,
		`{"log_format": "yaml"}`: "log-format",
	} {
		zhian(t, "config", "--config", write(t, "zhian.json", text)).says(t, misuse, says)
	}
}

func TestLogs(t *testing.T) {
	for format, want := range map[string]string{"text": "level=WARN msg=b n=1", "json": `"level":"WARN","msg":"b","n":1`} {
		var out bytes.Buffer
		log := journal{LogFormat: format, LogLevel: "warn"}.logger(&out)
		log.Info("a")
		log.Warn("b", "n", 1)
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "msg=a") || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s: %s", format, out.String())
		}
	}
	if !(journal{LogLevel: "debug"}.logger(&bytes.Buffer{})).Enabled(t.Context(), slog.LevelDebug) {
		t.Error("debug is not logged")
	}
}
