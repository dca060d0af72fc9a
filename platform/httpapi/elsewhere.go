package httpapi

import (
	"net/http"
	"strings"

	"zhian/platform/fault"
)

// HandlePages serves everything outside the API: the web pages.
func (s *Server) HandlePages(pages http.Handler) {
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		switch allowed := s.methods(r); {
		case len(allowed) > 0:
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			writeStatus(w, http.StatusMethodNotAllowed, &fault.Error{Kind: fault.Invalid, Key: "request.method_not_allowed"}, "")
		case strings.HasPrefix(r.URL.Path, "/v1/"):
			writeProblem(w, &fault.Error{Kind: fault.NotFound, Key: "request.no_such_route"}, "")
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// methods are those that the path of a request does have, when it is not this one.
func (s *Server) methods(r *http.Request) (allowed []string) {
	for _, m := range []string{http.MethodDelete, http.MethodGet, http.MethodPost, http.MethodPut} {
		other := *r
		other.Method = m
		if _, pattern := s.mux.Handler(&other); pattern != "/" {
			allowed = append(allowed, m)
		}
	}
	return allowed
}
