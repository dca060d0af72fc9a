package httpapi

import (
	"context"
	"fmt"
	"testing"
)

func TestAChangeHoldsWhatDiffers(t *testing.T) {
	a := map[string]string{"name": "north", "sort": "1", "parent": "", "until": "noon"}
	b := map[string]string{"name": "south", "sort": "1", "parent": "top", "until": ""}
	for _, c := range []struct {
		before, after map[string]string
		want          string
	}{
		{a, b, "map[name:north until:noon] map[name:south parent:top]"},
		{nil, a, "map[] map[name:north sort:1 until:noon]"},
		{a, nil, "map[name:north sort:1 until:noon] map[]"},
		{a, a, ""},
		{nil, nil, ""},
	} {
		in := &call{}
		NoteChange(context.WithValue(t.Context(), requestKey, in), c.before, c.after)
		got := ""
		if in.change != nil {
			got = fmt.Sprint(in.change.Before, " ", in.change.After)
		}
		if got != c.want {
			t.Errorf("%v → %v: %s, want %s", c.before, c.after, got, c.want)
		}
	}
	if a["until"] != "noon" || b["parent"] != "top" {
		t.Error("the caller's own fields were changed")
	}
	NoteChange(t.Context(), a, b) // outside of any request there is nothing to tell
}
