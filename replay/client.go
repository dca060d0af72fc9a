package replay

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"zhian/platform/apiclient"
)

// source names this client in timelines; together with a reference it is
// unique at the server.
const source = "replay"

// closedAs is the disposition of what a file says is over; files of this kind
// do not say how.
const closedAs = "recorded_elsewhere"

// Client is the public API of a server.
type Client struct {
	door  *apiclient.Client
	units *fleet
}

// Connect needs a session whose user may receive, dispatch, respond, read and
// backfill incidents, and add units: the role of an importer.
func Connect(ctx context.Context, session *apiclient.Client) (*Client, error) {
	units, err := readFleet(ctx, session)
	if err != nil {
		return nil, err
	}
	return &Client{door: session, units: units}, nil
}

type intake struct {
	KindCode    string    `json:"kind_code"`
	Address     string    `json:"address,omitempty"`
	Position    *position `json:"position,omitempty"`
	Narrative   string    `json:"narrative,omitempty"`
	OccurredAt  time.Time `json:"occurred_at"`
	Source      string    `json:"source"`
	ExternalRef string    `json:"external_ref"`
}

type position struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// incident is what this client reads of one.
type incident struct {
	ID          string       `json:"id"`
	ExternalRef string       `json:"external_ref"`
	CalledAt    time.Time    `json:"called_at"`
	ClosedAt    time.Time    `json:"closed_at"`
	Absorbed    []string     `json:"absorbed"`
	Assignments []assignment `json:"assignments"`
}

type assignment struct {
	UnitID       string    `json:"unit_id"`
	DispatchedAt time.Time `json:"dispatched_at"`
	EnRouteAt    time.Time `json:"en_route_at"`
	OnSceneAt    time.Time `json:"on_scene_at"`
	ClearedAt    time.Time `json:"cleared_at"`
}

// Open receives a call. The server keeps one incident per reference and names
// it when the reference comes again.
func (c *Client) Open(ctx context.Context, key string, o Opening) (id string, fresh bool, err error) {
	body := intake{KindCode: o.Kind, Address: o.Address, Narrative: o.Narrative, OccurredAt: o.At.UTC(), Source: source, ExternalRef: o.Ref}
	if o.Point != nil {
		body.Position = &position{o.Point.Lat, o.Point.Lon}
	}
	var made incident
	replayed, err := c.door.Post(ctx, "/v1/incidents", key, body, &made)
	var refused *apiclient.Refused
	if errors.As(err, &refused) && refused.Key == "incident.already_received" {
		id, named := refused.Params["id"].(string)
		if !named {
			return "", false, fmt.Errorf("the server holds %s and does not say as which incident", o.Ref)
		}
		return id, false, nil
	}
	return made.ID, !replayed, err
}

// order is the body of everything that is told of an incident.
type order struct {
	OccurredAt  time.Time `json:"occurred_at"`
	Source      string    `json:"source"`
	UnitIDs     []string  `json:"unit_ids,omitempty"`
	UnitID      string    `json:"unit_id,omitempty"`
	Step        string    `json:"step,omitempty"`
	TimeUnknown bool      `json:"time_unknown,omitempty"`
	Into        string    `json:"into,omitempty"`
	Disposition string    `json:"disposition,omitempty"`
}

// stepName is the server's word for a unit's stage.
var stepName = map[StepKind]string{StepEnRoute: "en_route", StepArrive: "on_scene", StepClear: "cleared"}

// Tell adds one entry.
func (c *Client) Tell(ctx context.Context, key, id string, e Entry) (fresh bool, err error) {
	o := order{OccurredAt: e.At.UTC(), Source: source}
	switch e.Kind {
	case StepCall:
		return c.join(ctx, key, id, e.Call)
	case StepClose:
		o.Disposition = closedAs
		return c.tell(ctx, "close", key, id, o)
	}
	unit, err := c.units.id(ctx, c.door, e.Unit)
	if err != nil {
		return false, err
	}
	if e.Kind == StepDispatch {
		if e.Undated {
			o.TimeUnknown = true
		}
		o.UnitIDs = []string{unit}
		return c.tell(ctx, "dispatch", key, id, o)
	}
	o.UnitID, o.Step = unit, stepName[e.Kind]
	return c.tell(ctx, "advance", key, id, o)
}

func (c *Client) tell(ctx context.Context, what, key, id string, o order) (fresh bool, err error) {
	replayed, err := c.door.Post(ctx, "/v1/incidents/"+url.PathEscape(id)+"/"+what, key, o, nil)
	return !replayed, err
}

// join is a further call about an incident: received like any call, then merged.
func (c *Client) join(ctx context.Context, key, into string, call Opening) (fresh bool, err error) {
	id, _, err := c.Open(ctx, key, call)
	if err != nil {
		return false, err
	}
	return c.tell(ctx, "merge", key+"-merge", id, order{OccurredAt: call.At.UTC(), Source: source, Into: into})
}

// Timeline reads an incident and the calls that were merged into it.
func (c *Client) Timeline(ctx context.Context, id string) (Timeline, error) {
	in, err := c.incident(ctx, id)
	if err != nil {
		return Timeline{}, err
	}
	t := Timeline{Calls: map[string]time.Time{in.ExternalRef: in.CalledAt}, Units: map[string]Assignment{}, Closed: in.ClosedAt}
	for _, other := range in.Absorbed {
		merged, err := c.incident(ctx, other)
		if err != nil {
			return t, err
		}
		t.Calls[merged.ExternalRef] = merged.CalledAt
	}
	for _, a := range in.Assignments {
		seen := Assignment{Unit: c.units.name(a.UnitID), Undated: a.DispatchedAt.IsZero(), Dispatched: a.DispatchedAt,
			EnRoute: a.EnRouteAt, Arrived: a.OnSceneAt, Cleared: a.ClearedAt}
		t.Units[seen.Unit] = seen
	}
	return t, nil
}

func (c *Client) incident(ctx context.Context, id string) (in incident, err error) {
	err = c.door.Get(ctx, "/v1/incidents/"+url.PathEscape(id), &in)
	return in, err
}
