package app

import (
	"context"
	"time"

	"zhian/platform/httpapi"
)

// About is what anybody may know of a centre. Pages show Demo and Speed, so that
// a simulated incident or an accelerated hour is never taken for a real one.
type About struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	Demo    bool      `json:"demo"`
	Speed   float64   `json:"speed"` // seconds of Now in a second outside: 1 except in a demonstration
	Now     time.Time `json:"now"`
	Zone    string    `json:"zone"`
}

// about is the one room that every centre has and no module owns.
type about struct{ Config }

func (a about) Routes() []httpapi.Route {
	return []httpapi.Route{{Pattern: "GET /v1/about", Public: true, Audit: httpapi.AuditNone,
		Summary: "Say which version this is, its time, and whether it is a demonstration", Do: httpapi.Do(a.tell)}}
}

func (a about) tell(context.Context, httpapi.Nothing) (About, error) {
	return About{"zhian", a.Version, a.Demo, a.Speed, a.Now().UTC(), a.Zone}, nil
}
