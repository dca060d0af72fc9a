package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"zhian/platform/fault"
)

// HandlePages serves everything outside the API: the web pages.
func (s *Server) HandlePages(pages http.Handler) { s.pages = pages }

// elsewhere answers what no route does: a page, a problem that says so, or the
// methods that the path has.
func (s *Server) elsewhere(w http.ResponseWriter, r *http.Request) {
	allowed := s.methods(r)
	api := strings.HasPrefix(r.URL.Path, "/v1/")
	if len(allowed) == 0 && !api && s.pages != nil {
		s.pages.ServeHTTP(w, r)
		return
	}
	c := s.begin(w, r)
	switch {
	case len(allowed) == 0:
		writeProblem(w, &fault.Error{Kind: fault.NotFound, Key: "request.no_such_route"}, c.id)
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		writeStatus(w, http.StatusMethodNotAllowed, &fault.Error{Kind: fault.Invalid, Key: "request.method_not_allowed"}, c.id)
	}
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
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	if len(allowed) > 0 {
		allowed = append(allowed, http.MethodOptions)
	}
	slices.Sort(allowed)
	return allowed
}
