package httpapi

import "net/http"

// openapi answers with the description of the API, which is made and reviewed
// with the code (api/).
func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	writeBody(w, http.StatusOK, s.document)
}
