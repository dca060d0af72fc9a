package main

import (
	"bufio"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/ncruces/go-sqlite3/driver"

	"zhian/platform/apiclient"
	"zhian/platform/sqldb/sqldbtest"
)

const password = "Correct-horse-9"

// The first run prints a link for each administrator, which works once; the
// second prints none, and what was set in the first still holds.
func TestServeFoundsOnce(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "new", "data")
	first := start(t, "serve", "--data", data)
	links := regexp.MustCompile(regexp.QuoteMeta(first.base)+`/setup#([\w-]{43})`).FindAllStringSubmatch(first.out.String(), -1)
	if len(links) != 3 {
		t.Fatalf("%d links in\n%s", len(links), first.out)
	}
	if !strings.Contains(first.out.String(), "curl") {
		t.Error("a link that has no page needs a line that works without one")
	}
	setUp := func(token string) error {
		_, err := first.client().Post(t.Context(), "/v1/setup", "", map[string]string{"token": token, "password": password}, nil)
		return err
	}
	if err := setUp(links[0][1]); err != nil {
		t.Fatal(err)
	}
	if setUp(links[0][1]) == nil {
		t.Error("a link worked twice")
	}
	if status, _, body := first.get("/"); status != 200 || !strings.Contains(body, `<html lang="zh-CN"`) {
		t.Errorf("GET /: %d %s", status, body)
	}
	if status, _, _ := first.get("/v1/demo/roles"); status != 404 {
		t.Errorf("the door of demonstrations is open in serve: %d", status)
	}
	first.stop().says(t, done, "draining", "the database is closed")

	second := start(t, "serve", "--data", data, "--log-format", "json", "--log-level", "info")
	if strings.Contains(second.out.String(), "setup#") {
		t.Errorf("links again:\n%s", second.out)
	}
	var in struct{ Token string }
	if _, err := second.client().Post(t.Context(), "/v1/login", "", map[string]string{"login": "system", "password": password}, &in); err != nil || in.Token == "" {
		t.Error(err)
	}
	end := second.stop()
	end.says(t, done)
	for lines := bufio.NewScanner(strings.NewReader(end.err)); lines.Scan(); {
		if !json.Valid(lines.Bytes()) {
			t.Errorf("with --log-format json the log says %s", lines.Text())
		}
	}
}

func TestServeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	taken := start(t, "serve", "--data", data)
	zhian(t, "serve", "--data", t.TempDir(), "--listen", strings.TrimPrefix(taken.base, "http://")).says(t, failed, "address already in use")
	zhian(t, "serve", "--data", data, "--listen", "127.0.0.1:0").says(t, failed, "served by another process")
	zhian(t, "doctor", "--data", data).says(t, done, "0 differ") // looking is no serving
	zhian(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--division", "000000").says(t, failed, "no such division")
	zhian(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--zone", "Mars/Olympus").says(t, failed, "Mars/Olympus")
}

// On PostgreSQL the same commands do the same.
func TestServeOnPostgres(t *testing.T) {
	t.Parallel()
	database := "ZHIAN_DATABASE=" + sqldbtest.PostgresDSN(t)
	data := t.TempDir()
	first := start(t, database, "serve", "--data", data)
	if n := strings.Count(first.out.String(), "/setup#"); n != 3 {
		t.Errorf("%d links in\n%s", n, first.out)
	}
	first.stop().says(t, done)
	if second := start(t, database, "serve", "--data", data); strings.Contains(second.out.String(), "/setup#") {
		t.Error("founded twice")
	}
	zhian(t, database, "migrate", "--data", data).says(t, done, "up to date")
	zhian(t, database, "doctor", "--data", data).says(t, done, "examined 0; 0 differ")
	if _, err := os.Stat(filepath.Join(data, "zhian.db")); err == nil {
		t.Error("an embedded database was made beside PostgreSQL")
	}
	zhian(t, "serve", "--data", data, "--database", "postgres://nobody@127.0.0.1:1/none", "--listen", "127.0.0.1:0").says(t, failed, "postgres")
}

// A node that is given the address of a centre's database and not its keys says
// so and does not start: what it sealed nobody else could open.
func TestAnotherNodesKeysAreAsked(t *testing.T) {
	t.Parallel()
	database := "ZHIAN_DATABASE=" + sqldbtest.PostgresDSN(t)
	data, second := t.TempDir(), t.TempDir()
	start(t, database, "serve", "--data", data).stop().says(t, done)
	for _, key := range []string{"ledger.key", "master.key"} {
		zhian(t, database, "serve", "--data", second, "--listen", "127.0.0.1:0").says(t, failed, "begun with other keys", second)
		zhian(t, database, "doctor", "--data", second).says(t, failed, "begun with other keys")
		text, err := os.ReadFile(filepath.Join(data, key))
		if err == nil {
			err = os.WriteFile(filepath.Join(second, key), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	start(t, database, "serve", "--data", second).stop().says(t, done)
}

// lived is a data folder of a centre that has taken one call.
func lived(t *testing.T) (data, incident string) {
	t.Helper()
	data = t.TempDir()
	r := start(t, "serve", "--data", data)
	tokens := regexp.MustCompile(`(\w+) +http://\S+/setup#([\w-]{43})`).FindAllStringSubmatch(r.out.String(), -1)
	sessions := map[string]*apiclient.Client{}
	enter := func(login, token string) *apiclient.Client {
		var in struct{ Token string }
		if _, err := r.client().Post(t.Context(), "/v1/setup", "", map[string]string{"token": token, "password": password}, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := r.client().Post(t.Context(), "/v1/login", "", map[string]string{"login": login, "password": password}, &in); err != nil {
			t.Fatal(err)
		}
		return r.client().As(in.Token)
	}
	for _, m := range tokens[:2] {
		sessions[m[1]] = enter(m[1], m[2])
	}
	var orgs struct{ Items []struct{ ID string } }
	var made struct {
		ID         string
		SetupToken string `json:"setup_token"`
	}
	if err := sessions["system"].Get(t.Context(), "/v1/orgs", &orgs); err != nil {
		t.Fatal(err)
	}
	for _, ask := range []func() (bool, error){
		func() (bool, error) {
			return sessions["system"].Post(t.Context(), "/v1/users", "", map[string]string{"login": "desk", "display_name": "desk", "org_id": orgs.Items[0].ID}, &made)
		},
		func() (bool, error) {
			return sessions["security"].Post(t.Context(), "/v1/grants", "g", map[string]string{"user_id": made.ID, "role": "command_centre", "org_id": orgs.Items[0].ID, "reason": "test"}, nil)
		},
	} {
		if _, err := ask(); err != nil {
			t.Fatal(err)
		}
	}
	var in struct{ ID string }
	call := map[string]any{"kind_code": "4", "address": "somewhere", "position": map[string]float64{"lat": 28.9, "lon": 120.03}}
	if _, err := enter("desk", made.SetupToken).Post(t.Context(), "/v1/incidents", "c", call, &in); err != nil {
		t.Fatal(err)
	}
	r.stop().says(t, done)
	return data, in.ID
}

// tamper changes a centre's database behind its back.
func tamper(t *testing.T, data, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(data, "zhian.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.Exec(statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n != 1 {
		t.Fatalf("%d rows were changed", n)
	}
}

func TestMigrateTwiceIsCalm(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for range 2 {
		zhian(t, "migrate", "--data", data).says(t, done, "up to date")
	}
	zhian(t, "doctor", "--data", data).says(t, done, "leaves 0", "examined 0")
}

// A command that only looks makes nothing where a name was mistyped.
func TestLookingMakesNothing(t *testing.T) {
	t.Parallel()
	nothing := filepath.Join(t.TempDir(), "mistyped")
	zhian(t, "doctor", "--data", nothing).says(t, failed, "holds no centre")
	zhian(t, "export", "--data", nothing, filepath.Join(t.TempDir(), "b")).says(t, failed, "holds no centre")
	if _, err := os.Stat(nothing); err == nil {
		t.Error("a folder was made")
	}
}

func TestDoctorFindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	data, id := lived(t)
	zhian(t, "doctor", "--data", data).says(t, done, "examined 1; 0 differ")

	tamper(t, data, `UPDATE incident_incident SET priority = 1 WHERE id = ?`, id)
	zhian(t, "doctor", "--data", data).says(t, failed, "examined 1; 1 differ", id, "not what was written")
	zhian(t, "doctor", "--data", data, "--rebuild").says(t, done, "1 differed from their timelines and were mended")
	zhian(t, "doctor", "--data", data).says(t, done, "examined 1; 0 differ")

	tamper(t, data, `UPDATE incident_entry SET occurred_at = occurred_at - 60000 WHERE incident_id = ? AND seq = 1`, id)
	zhian(t, "doctor", "--data", data, "--rebuild").says(t, failed, "row_altered", id+"/1")
	r := zhian(t, "doctor", "--data", data, "--json")
	r.says(t, failed)
	var health struct {
		Ledger struct{ Problems []struct{ Kind, Ref string } }
	}
	decode(t, r.out, &health)
	if p := health.Ledger.Problems; len(p) != 1 || p[0].Kind != "row_altered" || p[0].Ref != id+"/1" {
		t.Errorf("%+v", p)
	}
}

// edit changes the data of one row in a bundle.
func edit(t *testing.T, bundle, ref, from, to string) string {
	t.Helper()
	row := regexp.MustCompile(`("ref":"` + ref + `","hash":"[^"]+","data":")([^"]+)`)
	return row.ReplaceAllStringFunc(bundle, func(line string) string {
		parts := row.FindStringSubmatch(line)
		data, err := base64.StdEncoding.DecodeString(parts[2])
		if err != nil || !strings.Contains(string(data), from) {
			t.Fatalf("%s %v", data, err)
		}
		return parts[1] + base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(data), from, to, 1)))
	})
}

// A bundle verifies anywhere; one that was edited is refused, and the row named.
func TestExportAndVerify(t *testing.T) {
	t.Parallel()
	data, id := lived(t)
	bundle := filepath.Join(t.TempDir(), "bundle.jsonl")
	r := zhian(t, "export", "--data", data, bundle)
	r.says(t, done, "Wrote "+bundle)
	key := regexp.MustCompile(`--key '([^']+)'`).FindStringSubmatch(r.out)[1]
	zhian(t, "export", "--data", data, bundle).says(t, failed, "file exists")

	whole := zhian(t, "verify", bundle, "--key", key)
	whole.says(t, done)
	if m := regexp.MustCompile(`leaves (\d+), signed (\d+),`).FindStringSubmatch(whole.out); m == nil || m[1] == "0" || m[1] != m[2] {
		t.Errorf("not every leaf is signed: %s", whole.out)
	}
	zhian(t, "verify", bundle).says(t, done, "nothing says who signed it")
	zhian(t, "verify", bundle, "--key", "zhian.local+00000000+AAAA").says(t, failed)

	text, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	kept := write(t, "kept.jsonl", first+"\n")
	zhian(t, "doctor", "--data", data, "--kept", kept).says(t, done)
	same := zhian(t, "verify", bundle, "--kept", kept)
	same.says(t, done)
	if strings.Contains(same.out, "nothing says who signed it") {
		t.Error("the keys of the kept bundle are trusted")
	}
	other, _ := lived(t)
	zhian(t, "doctor", "--kept", write(t, "none.txt", "hello"), "--data", data).says(t, failed, "bundle_malformed")
	zhian(t, "doctor", "--data", other, "--kept", kept).says(t, failed)
	edited := write(t, "edited.jsonl", edit(t, string(text), id+"/1", "somewhere", "elsewhere"))
	zhian(t, "verify", edited, "--key", key).says(t, failed, id+"/1", "not what was signed")
	lines := strings.SplitAfter(string(text), "\n")
	cut := write(t, "cut.jsonl", strings.Join(lines[:len(lines)/2], ""))
	zhian(t, "verify", cut, "--key", key, "--json").says(t, failed, "leaves_cut")
	zhian(t, "verify", write(t, "other.txt", "hello")).says(t, failed, "bundle_malformed")
}
