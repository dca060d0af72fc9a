package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func packed(text string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	io.WriteString(w, text)
	w.Close()
	return out.Bytes()
}

// built is a small bundle: two entries, a script in three forms, a font in one.
func built() fstest.MapFS {
	tree := fstest.MapFS{
		versionFile: {Data: []byte(`{"version":"v1.2.3"}`)},
		placeholder: {Data: []byte("not built")},
	}
	for name, text := range map[string]string{"index.html": "the console", "m/index.html": "the handset", "assets/app-1a2b.js": "run()", "boot.js": "boot()", "m/sw.js": "work()"} {
		tree[name+".gz"] = &fstest.MapFile{Data: packed(text)}
		tree[name+".br"] = &fstest.MapFile{Data: []byte("br of " + text)}
	}
	tree["assets/inter-9f.woff2"] = &fstest.MapFile{Data: []byte("a font")}
	return tree
}

func pagesOf(t *testing.T, tree fstest.MapFS, c Config) http.Handler {
	t.Helper()
	h, err := serve(tree, c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func ask(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhatAnswersWhere(t *testing.T) {
	h := pagesOf(t, built(), Config{Version: "v1.2.3"})
	for _, c := range []struct {
		path, says, kind, cache string
		status                  int
	}{
		{"/", "the console", "text/html; charset=utf-8", "no-cache", 200},
		{"/login", "the console", "text/html; charset=utf-8", "no-cache", 200},
		{"/c/i/330784-20261125-1", "the console", "text/html; charset=utf-8", "no-cache", 200},
		{"/m", "the handset", "text/html; charset=utf-8", "no-cache", 200},
		{"/m/", "the handset", "text/html; charset=utf-8", "no-cache", 200},
		{"/m/i/7", "the handset", "text/html; charset=utf-8", "no-cache", 200},
		{"/m/sw.js", "work()", "text/javascript; charset=utf-8", "no-cache", 200}, // an update is found at once
		{"/x/city", "the console", "text/html; charset=utf-8", "no-cache", 200},   // no such entry: the shell says so
		{"/assets/app-1a2b.js", "run()", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", 200},
		{"/assets/inter-9f.woff2", "a font", "font/woff2", "public, max-age=31536000, immutable", 200},
		{"/boot.js", "boot()", "text/javascript; charset=utf-8", "no-cache", 200},
		{"/assets/app-old.js", "", "", "", 404}, // never a page in place of a script
		{"/assets/", "", "", "", 404},
		{"/assets/app-1a2b.js.gz", "", "", "", 404},
		{"/index.html", "", "", "", 404},
		{"/m/index.html", "", "", "", 404},
		{"/version.json", "", "", "", 404},
		{"/placeholder.html", "", "", "", 404},
		{"/..%2fembed.go", "", "", "", 404},
		{"/m/../../embed.go", "", "", "", 404},
	} {
		w := ask(h, "GET", c.path)
		if w.Code != c.status || c.status == 200 && (w.Body.String() != c.says || w.Header().Get("Content-Type") != c.kind || w.Header().Get("Cache-Control") != c.cache) {
			t.Errorf("%s: %d %q %v", c.path, w.Code, w.Body, w.Header())
		}
		if w.Header().Get("Content-Security-Policy") != Policy || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s goes out unguarded: %v", c.path, w.Header())
		}
	}
}

func TestEncodings(t *testing.T) {
	h := pagesOf(t, built(), Config{})
	for accepts, want := range map[string]string{
		"": "", "identity": "", "gzip": "gzip", "br": "br", "gzip, deflate, br, zstd": "br", "gzip;q=0.5, br;q=0.1": "br",
		"br;q=0, gzip": "gzip", "br;q=0, gzip;q=0": "", "*": "br", "*;q=0": "", "BR": "br", "br;q=x": "",
	} {
		w := ask(h, "GET", "/", "Accept-Encoding", accepts)
		if got := w.Header().Get("Content-Encoding"); got != want {
			t.Errorf("%q gets %q, not %q", accepts, got, want)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: caches would mix the forms up", accepts)
		}
	}
	font := ask(h, "GET", "/assets/inter-9f.woff2", "Accept-Encoding", "br, gzip")
	if font.Header().Get("Content-Encoding") != "" || font.Header().Get("Vary") != "" {
		t.Errorf("a font is as it is: %v", font.Header())
	}
}

func TestUnchangedIsNotSentAgain(t *testing.T) {
	h := pagesOf(t, built(), Config{})
	first := ask(h, "GET", "/", "Accept-Encoding", "br")
	tag := first.Header().Get("ETag")
	if w := ask(h, "GET", "/", "Accept-Encoding", "br", "If-None-Match", `"x", `+tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("%d with %d bytes", w.Code, w.Body.Len())
	}
	if w := ask(h, "GET", "/", "If-None-Match", tag); w.Code != 200 {
		t.Error("the tag of one form stands for another")
	}
	if w := ask(h, "HEAD", "/", "Accept-Encoding", "br"); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != first.Header().Get("Content-Length") {
		t.Errorf("HEAD: %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
	if w := ask(h, "POST", "/"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", w.Code, w.Header())
	}
}

func TestPagesOfAnotherVersionAreRefused(t *testing.T) {
	if _, err := serve(built(), Config{Version: "v1.2.4"}); err == nil || !strings.Contains(err.Error(), "v1.2.3") || !strings.Contains(err.Error(), "v1.2.4") {
		t.Errorf("%v", err)
	}
	pagesOf(t, built(), Config{})                  // a program without a version takes any
	pagesOf(t, built(), Config{Version: "v1.2.3"}) // its own
}

func TestBrokenBundlesAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(fstest.MapFS){
		"no version":         func(f fstest.MapFS) { delete(f, versionFile) },
		"version unreadable": func(f fstest.MapFS) { f[versionFile].Data = []byte("v1") },
		"unknown kind":       func(f fstest.MapFS) { f["assets/a.exe"] = &fstest.MapFile{Data: []byte("x")} },
		"no plain form":      func(f fstest.MapFS) { delete(f, "boot.js.gz") },
		"gzip cut off":       func(f fstest.MapFS) { f["boot.js.gz"].Data = f["boot.js.gz"].Data[:12] },
	} {
		tree := built()
		spoil(tree)
		if _, err := serve(tree, Config{}); err == nil {
			t.Errorf("%s: served", name)
		}
	}
}

// A folder on disk is read anew for each page, so that a build is seen at once.
func TestPagesFromAFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(versionFile, `{"version":"dev"}`)
	write("index.html", "one")
	h, err := New(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	write("index.html", "two")
	if w := ask(h, "GET", "/"); w.Body.String() != "two" {
		t.Errorf("%s", w.Body)
	}
	if err := os.Remove(filepath.Join(dir, "index.html")); err != nil {
		t.Fatal(err)
	}
	if w := ask(h, "GET", "/"); w.Body.String() != "two" {
		t.Errorf("while a build is under way the last pages stay: %s", w.Body)
	}
}

// Whatever was built into this very program can be served.
func TestWhatIsInsideCanBeServed(t *testing.T) {
	h, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if w := ask(h, "GET", "/setup"); w.Code != 200 || !strings.Contains(w.Body.String(), `<html lang="zh-CN"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
