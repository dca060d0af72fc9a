package web

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// Config says which pages are served.
type Config struct {
	Dir     string // pages from this folder, read anew whenever one is asked for; empty: those inside the program
	Version string // that they must be of; empty takes any
}

// New makes the pages. It refuses those of another version than the program: a
// page that asks for what the server no longer has fails in a dispatcher's hands.
func New(c Config) (http.Handler, error) {
	dir, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	if c.Dir != "" {
		dir = os.DirFS(c.Dir)
	}
	return serve(dir, c)
}

func serve(dir fs.FS, c Config) (http.Handler, error) {
	b, err := load(dir)
	switch {
	case err != nil:
		return nil, err
	case b == nil:
		return newPlaceholder(), nil
	case c.Version != "" && c.Version != b.version:
		return nil, fmt.Errorf("web: the pages are of version %s and the program is %s; build both again (make build)", b.version, c.Version)
	}
	p := &pages{}
	p.now.Store(b)
	if c.Dir != "" {
		p.again = func() (*bundle, error) { return load(dir) }
	}
	return p, nil
}

type pages struct {
	now   atomic.Pointer[bundle]
	again func() (*bundle, error) // nil: what there is stays
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	asset := strings.HasPrefix(r.URL.Path, "/assets/")
	if p.again != nil && !asset {
		if b, err := p.again(); err == nil && b != nil {
			p.now.Store(b)
		}
	}
	f := p.now.Load().find(r.URL.Path)
	guarded(w.Header())
	if f == nil {
		http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		return
	}
	cache := "no-cache"
	if asset {
		cache = "public, max-age=31536000, immutable"
	}
	f.send(w, r, cache)
}

// send writes the file in the best form that the client takes.
func (f *file) send(w http.ResponseWriter, r *http.Request, cache string) {
	encoding := f.best(r.Header.Get("Accept-Encoding"))
	content := f.forms[encoding]
	tag := `"` + f.tag + `"`
	if encoding != "" {
		tag = `"` + f.tag + "-" + encoding + `"`
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", cache)
	h.Set("ETag", tag)
	if len(f.forms) > 1 {
		h.Set("Vary", "Accept-Encoding")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(content)
	}
}

// best is the encoding to send (RFC 9110 §12.5.3): the first of ours that the
// client takes, or "" for none.
func (f *file) best(accepts string) string {
	for _, e := range encodings {
		if f.forms[e.name] != nil && takes(accepts, e.name) {
			return e.name
		}
	}
	return ""
}

// takes says whether a header Accept-Encoding lets an encoding through.
func takes(accepts, encoding string) bool {
	any := false
	for one := range strings.SplitSeq(accepts, ",") {
		name, rest, _ := strings.Cut(one, ";")
		_, q, weighted := strings.Cut(rest, "=")
		weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		yes := !weighted || err == nil && weight > 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case encoding:
			return yes
		case "*":
			any = yes
		}
	}
	return any
}
