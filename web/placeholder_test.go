package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// nothing was built: the placeholder stands in.
func nothingBuilt(t *testing.T) http.Handler {
	return pagesOf(t, fstest.MapFS{placeholder: {Data: []byte("x")}}, Config{Version: "v9"})
}

func TestThePlaceholderSaysWhatThisIs(t *testing.T) {
	for _, path := range []string{"/", "/setup"} {
		w := ask(nothingBuilt(t), "GET", path)
		body := w.Body.String()
		if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		for _, part := range []string{`<html lang="zh-CN">`, `lang="en"`, `href="/v1/openapi.json"`, `href="/v1/about"`, "make build"} {
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
func TestThePlaceholderKeepsItsPolicy(t *testing.T) {
	w := ask(nothingBuilt(t), "GET", "/")
	policy, body := w.Header().Get("Content-Security-Policy"), w.Body.String()
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "style-src 'sha256-"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy %q lacks %s", policy, part)
		}
	}
	for _, p := range []string{policy, Policy} {
		if strings.Contains(p, "unsafe") || strings.Contains(p, "*") || strings.Contains(p, "http") {
			t.Errorf("the policy is loose: %s", p)
		}
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

func TestThePlaceholderIsTheOnlyPage(t *testing.T) {
	h := nothingBuilt(t)
	for _, path := range []string{"/index.html", "/placeholder.html", "/dist/placeholder.html", "/..%2fembed.go", "/setup/x"} {
		if w := ask(h, "GET", path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := ask(h, "POST", "/"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /: %d", w.Code)
	}
	tag := ask(h, "GET", "/").Header().Get("ETag")
	if w := ask(h, "GET", "/", "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("%d with %d bytes", w.Code, w.Body.Len())
	}
}
