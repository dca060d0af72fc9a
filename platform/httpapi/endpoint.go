package httpapi

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"runtime"

	"github.com/go-json-experiment/json"
)

// Endpoint is a typed function with what is needed to call it and describe it.
type Endpoint struct {
	in, out reflect.Type
	name    string // of the function
	plan    *plan
	call    func(ctx context.Context, r *http.Request, body []byte) (any, any, error)
}

// Do makes an endpoint of fn. In is a struct whose fields come from the path,
// the query, headers and the JSON body, by their tags.
func Do[In, Out any](fn func(context.Context, In) (Out, error)) Endpoint {
	e := Endpoint{in: reflect.TypeFor[In](), out: reflect.TypeFor[Out](), name: nameOf(fn)}
	e.plan = planOf(e.in)
	e.call = func(ctx context.Context, r *http.Request, body []byte) (any, any, error) {
		var in In
		if err := e.plan.bind(r, body, &in); err != nil {
			return nil, nil, err
		}
		if e.plan.reason != nil {
			noteReason(ctx, reflect.ValueOf(&in).Elem().FieldByIndex(e.plan.reason).String())
		}
		out, err := fn(ctx, in)
		return in, out, err
	}
	return e
}

// noteReason keeps why somebody does what they ask for, for the audit event.
func noteReason(ctx context.Context, reason string) {
	if c, ok := ctx.Value(requestKey).(*call); ok {
		c.reason = reason
	}
}

// Types are what the endpoint takes and what it answers; nil for one that is Raw.
func (e Endpoint) Types() (in, out reflect.Type) { return e.in, e.out }

// TakesBody says that some member comes from a JSON body.
func (e Endpoint) TakesBody() bool { return e.plan != nil && e.plan.body }

// AnswersNothing says that the answer has no body.
func (e Endpoint) AnswersNothing() bool {
	return e.out != nil && e.out.Implements(reflect.TypeFor[empty]())
}

// Parameter is a field of a request that does not come from its body.
type Parameter struct {
	Index []int
	Name  string
	Place string // path, query or header
}

// Parameters are all of them.
func (e Endpoint) Parameters() (list []Parameter) {
	for _, s := range e.plan.sources {
		list = append(list, Parameter{s.index, s.name, s.place})
	}
	return list
}

// PlaceOf says where a field of a request comes from: path, query, header or body.
func PlaceOf(f reflect.StructField) string {
	if s, ok := sourceOf(f); ok {
		return s.place
	}
	return "body"
}

// FuncName is the full name of the function that answers a route.
func (r Route) FuncName() string {
	if r.Raw != nil {
		return nameOf(r.Raw)
	}
	return r.Do.name
}

func nameOf(fn any) string { return runtime.FuncForPC(reflect.ValueOf(fn).Pointer()).Name() }

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
