package httpapi

import (
	"context"
	"maps"
)

// Change is what a request made of a thing: the fields that differ, as texts. A
// thing that was not there before, or is gone, has no fields on that side.
type Change struct {
	Before map[string]string `json:"before,omitempty"`
	After  map[string]string `json:"after,omitempty"`
}

// NoteChange tells the audit event of a request what was and what is. The fields
// hold nothing personal: the log is kept for longer than anybody may be named in
// it. A later call takes the place of an earlier one.
func NoteChange(ctx context.Context, before, after map[string]string) {
	if c, ok := ctx.Value(requestKey).(*call); ok {
		c.change = changed(before, after)
	}
}

// changed leaves out what is the same on both sides; nil when all is.
func changed(before, after map[string]string) *Change {
	c := Change{maps.Clone(before), maps.Clone(after)}
	maps.DeleteFunc(c.Before, func(k, v string) bool { now, there := after[k]; return v == "" || there && now == v })
	maps.DeleteFunc(c.After, func(k, v string) bool { was, there := before[k]; return v == "" || there && was == v })
	if len(c.Before)+len(c.After) == 0 {
		return nil
	}
	return &c
}
