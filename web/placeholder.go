package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

const placeholder = "placeholder.html"

// newPlaceholder serves the page that stands in until the pages are built. Its
// policy lets it load nothing but the style inside it.
func newPlaceholder() http.Handler {
	page, err := dist.ReadFile("dist/" + placeholder)
	if err != nil {
		panic(err) // it is part of the program
	}
	policy := "default-src 'none'; style-src '" + digest(styleOf(page)) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	tag := `"` + digest(string(page)) + `"`
	show := func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		guarded(h)
		h.Set("Content-Security-Policy", policy)
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(page))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", show)
	mux.HandleFunc("GET /setup", show)
	return mux
}

// styleOf is the text between the page's style tags, for its hash.
func styleOf(page []byte) string {
	_, rest, _ := strings.Cut(string(page), "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	return style
}

// digest is a text's hash as a policy names it (CSP level 3, hash-source).
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
