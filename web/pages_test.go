package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Pages().ServeHTTP(w, r)
	return w
}

func TestThePageSaysWhatThisIs(t *testing.T) {
	for _, path := range []string{"/", "/setup"} {
		w := get(path)
		body := w.Body.String()
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		for _, part := range []string{`<html lang="zh-CN">`, `lang="en"`, `href="/v1/openapi.json"`, `href="/v1/about"`} {
			if !strings.Contains(body, part) {
				t.Errorf("%s lacks %s", path, part)
			}
		}
		if strings.Index(body, "本机") > strings.Index(body, "running here") {
			t.Error("Chinese comes first")
		}
	}
}

// The page needs nothing that its policy forbids, and the policy forbids
// everything that it does not need.
func TestThePageKeepsItsPolicy(t *testing.T) {
	w := get("/")
	policy, body := w.Header().Get("Content-Security-Policy"), w.Body.String()
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "style-src 'sha256-"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %s", policy, part)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("the policy is loose: %s", policy)
	}
	for _, never := range []string{`<script`, ` style="`, `<img`, `<link`, `<iframe`, `<form`, ` on[a-z]+=`, `(?:href|src)="https?:`} {
		if found := regexp.MustCompile(never).FindString(body); found != "" {
			t.Errorf("the page holds %s", found)
		}
	}
	if style := styleOf([]byte(body)); style == "" || !strings.Contains(policy, digest(style)) {
		t.Error("the policy does not let the page's own style in")
	}
}

func TestNoOtherPages(t *testing.T) {
	for _, path := range []string{"/index.html", "/placeholder.html", "/dist/placeholder.html", "/..%2fembed.go", "/setup/x"} {
		if w := get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	r := httptest.NewRequest("POST", "/", nil)
	w := httptest.NewRecorder()
	if Pages().ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /: %d", w.Code)
	}
}

func TestAnUnchangedPageIsNotSentAgain(t *testing.T) {
	tag := get("/").Header().Get("ETag")
	if w := get("/", "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("%d with %d bytes", w.Code, w.Body.Len())
	}
}
