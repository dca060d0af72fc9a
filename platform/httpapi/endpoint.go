package httpapi

import (
	"context"
	"io"
	"net/http"
	"reflect"

	"github.com/go-json-experiment/json"
)

// Endpoint is a typed function with what is needed to call it and describe it.
type Endpoint struct {
	in, out reflect.Type
	plan    *plan
	call    func(ctx context.Context, r *http.Request, body []byte) (any, any, error)
}

// Do makes an endpoint of fn. In is a struct whose fields come from the path,
// the query, headers and the JSON body, by their tags.
func Do[In, Out any](fn func(context.Context, In) (Out, error)) Endpoint {
	e := Endpoint{in: reflect.TypeFor[In](), out: reflect.TypeFor[Out]()}
	e.plan = planOf(e.in)
	e.call = func(ctx context.Context, r *http.Request, body []byte) (any, any, error) {
		var in In
		if err := e.plan.bind(r, body, &in); err != nil {
			return nil, nil, err
		}
		out, err := fn(ctx, in)
		return in, out, err
	}
	return e
}

// Types are what the endpoint takes and what it answers; nil for one that is Raw.
func (e Endpoint) Types() (in, out reflect.Type) { return e.in, e.out }

// strict refuses what a client got wrong instead of guessing.
var strict = json.JoinOptions(json.RejectUnknownMembers(true))

// readBody reads at most limit bytes; http.MaxBytesReader reports the rest.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	body := http.MaxBytesReader(w, r.Body, limit)
	if n := r.ContentLength; n > 0 && n <= limit {
		out := make([]byte, n)
		_, err := io.ReadFull(body, out)
		return out, err
	}
	return io.ReadAll(body)
}
