package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// bundle is everything that the pages are made of, in memory.
type bundle struct {
	version string
	files   map[string]*file // by address, without the first slash
}

// file is one of a bundle in the forms in which it can be sent.
type file struct {
	kind  string            // Content-Type
	tag   string            // of its content, for ETags
	forms map[string][]byte // by Content-Encoding; "" is as it is
}

// kinds are the files that pages are made of. Another ending is a mistake in the
// build: browsers would guess what it is, or refuse it.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".json": "application/json", ".geojson": "application/geo+json", ".svg": "image/svg+xml",
	".png": "image/png", ".webp": "image/webp", ".woff2": "font/woff2", ".wasm": "application/wasm",
	".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
}

// encodings by the ending of the files that have them, the better one first.
var encodings = []struct{ ending, name string }{{".br", "br"}, {".gz", "gzip"}}

const (
	versionFile = "version.json"
	mainPage    = "index.html"
)

// load reads a folder of built pages. A folder without index.html is one where
// nothing was built, and gives nil.
func load(dir fs.FS) (*bundle, error) {
	b := &bundle{files: map[string]*file{}}
	err := fs.WalkDir(dir, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || p == versionFile || p == placeholder {
			return err
		}
		content, err := fs.ReadFile(dir, p)
		if err != nil {
			return err
		}
		return b.add(p, content)
	})
	if err != nil || b.files[mainPage] == nil {
		return nil, err
	}
	if b.version, err = versionOf(dir); err != nil {
		return nil, err
	}
	return b, b.complete()
}

// add takes one form of a file.
func (b *bundle) add(p string, content []byte) error {
	name, encoding := p, ""
	for _, e := range encodings {
		if cut, ok := strings.CutSuffix(p, e.ending); ok {
			name, encoding = cut, e.name
		}
	}
	kind := kinds[path.Ext(name)]
	if kind == "" {
		return fmt.Errorf("web: %s: no such kind of file belongs to the pages", p)
	}
	if b.files[name] == nil {
		b.files[name] = &file{kind: kind, forms: map[string][]byte{}}
	}
	b.files[name].forms[encoding] = content
	return nil
}

// complete sees to it that every file can be sent to a client that can unpack
// nothing, and knows its tag.
func (b *bundle) complete() error {
	for name, f := range b.files {
		if f.forms[""] == nil {
			plain, err := unpacked(f.forms["gzip"])
			if err != nil {
				return fmt.Errorf("web: %s: %w", name, err)
			}
			f.forms[""] = plain
		}
		sum := sha256.Sum256(f.forms[""])
		f.tag = hex.EncodeToString(sum[:16])
	}
	return nil
}

func unpacked(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// versionOf is the version that the build wrote beside the pages.
func versionOf(dir fs.FS) (string, error) {
	text, err := fs.ReadFile(dir, versionFile)
	if err != nil {
		return "", fmt.Errorf("web: the pages say no version: %w", err)
	}
	var said struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return "", fmt.Errorf("web: %s: %w", versionFile, err)
	}
	return said.Version, nil
}

// find is the file at an address: itself, or for an address of a page the entry
// that answers there. Nil: there is none.
func (b *bundle) find(address string) *file {
	name := strings.TrimPrefix(path.Clean("/"+address), "/")
	if path.Ext(name) != "" || strings.HasPrefix(name+"/", "assets/") {
		if path.Base(name) == mainPage {
			return nil // has an address of its own
		}
		return b.files[name]
	}
	entry, _, _ := strings.Cut(name, "/")
	if page := b.files[path.Join(entry, mainPage)]; page != nil {
		return page
	}
	return b.files[mainPage]
}
