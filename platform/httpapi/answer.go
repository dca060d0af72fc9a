package httpapi

import (
	"io"
	"mime"
	"net/http"

	"github.com/go-json-experiment/json"
)

// Nothing is the answer or the request of routes that have none.
type Nothing struct{}

func (Nothing) empty() {}

// empty marks answers without a body: Nothing, and what embeds it.
type empty interface{ empty() }

// Versioned answers carry an ETag.
type Versioned interface{ Version() int64 }

// Cookied answers set a cookie, nil for none. Secure says that the client came
// over TLS.
type Cookied interface {
	Cookie(secure bool) *http.Cookie
}

// File is the answer of a route that hands out a file instead of JSON. Write may
// take long: what it writes is on its way at once, and when it fails after that
// the client sees a transfer that broke off.
type File struct {
	Name  string // as the client saves it
	Type  string // of its content: "text/csv; charset=utf-8"
	Write func(io.Writer) error
}

// safe says that a request changes nothing (RFC 9110 §9.2.1).
func safe(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// tell writes the answer: what the transaction kept under the Idempotency-Key
// if there is one, so that the first answer and every replay are the same bytes.
func (s *served) tell(w http.ResponseWriter, r *http.Request, rider *rider, out any) (int, error) {
	if v, ok := out.(Versioned); ok {
		tag := etag(v.Version())
		w.Header().Set("ETag", tag)
		if safe(r) && r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return http.StatusNotModified, nil
		}
	}
	if c, ok := out.(Cookied); ok {
		if cookie := c.Cookie(s.secure(r)); cookie != nil {
			http.SetCookie(w, cookie)
		}
	}
	switch out := out.(type) {
	case empty:
		w.WriteHeader(http.StatusNoContent)
		return http.StatusNoContent, nil
	case File:
		return s.hand(w, r, out)
	}
	if rider != nil && rider.answer != nil {
		return s.route.Status, writeBody(w, s.route.Status, rider.answer)
	}
	body, err := json.Marshal(out)
	if err != nil {
		return 0, err
	}
	return s.route.Status, writeBody(w, s.route.Status, body)
}

// writeBody ignores a client that went away: the work is done all the same.
func writeBody(w http.ResponseWriter, status int, body []byte) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
	return nil
}

// hand writes a file.
func (s *served) hand(w http.ResponseWriter, r *http.Request, f File) (int, error) {
	w.Header().Set("Content-Type", f.Type)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	if r.Method == http.MethodHead {
		return http.StatusOK, nil
	}
	counted := &counting{Writer: w}
	err := f.Write(counted)
	switch {
	case err == nil:
		return http.StatusOK, nil
	case counted.n == 0:
		w.Header().Del("Content-Disposition")
		return 0, err
	}
	s.log.Error("a file broke off", "route", s.route.Pattern, "bytes", counted.n, "error", err)
	panic(http.ErrAbortHandler)
}

// counting knows whether anything is on its way yet.
type counting struct {
	io.Writer
	n int64
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += int64(n)
	return n, err
}
