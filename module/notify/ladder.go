package notify

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Audience is whom a rung asks.
type Audience string

const (
	Named   Audience = "named"   // whom the draft names
	Again   Audience = "again"   // those of them who have not acknowledged
	Leaders Audience = "leaders" // of the message's organisation
	Sender  Audience = "sender"
	Nothing Audience = "nothing" // nobody: what is still queued then expires
)

var audiences = []Audience{Named, Again, Leaders, Sender, Nothing}

// Rung is one step of a ladder: so long after the message was queued, ask these
// through those channels, unless somebody has acknowledged.
type Rung struct {
	AfterS   int64    `json:"after_s"`
	Audience Audience `json:"audience"`
	Channels []string `json:"channels,omitempty"`
}

func (r Rung) due(queuedAt time.Time) time.Time {
	return queuedAt.Add(time.Duration(r.AfterS) * time.Second)
}

// Ladders are the rungs of each class, in the order of time; the first is taken
// at once. A message keeps those it began with.
type Ladders map[Class][]Rung

//go:embed data/ladders.csv
var laddersText string

// DefaultLadders are those of the file in data: 30, 60 and 90 seconds, since an
// acknowledgement is due within two minutes of the dispatch (12358).
func DefaultLadders() (Ladders, error) { return ParseLadders(laddersText) }

// ParseLadders reads rows of class, after_s, audience, channels.
func ParseLadders(text string) (Ladders, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("ladders: %w", err)
	}
	all := Ladders{}
	for i, row := range rows {
		if i == 0 {
			continue
		}
		r, err := parseRung(row)
		class := Class(row[0])
		if err == nil {
			err = follows(all[class], r)
		}
		if err != nil {
			return nil, fmt.Errorf("ladders: row %d: %w", i+1, err)
		}
		all[class] = append(all[class], r)
	}
	for _, class := range []Class{Dispatch, Reminder, Notice} {
		if len(all[class]) == 0 {
			return nil, fmt.Errorf("ladders: none for %s", class)
		}
	}
	return all, nil
}

// Fit refuses ladders that ask through a channel which there is not.
func (l Ladders) Fit(channels map[string]Channel) error {
	for class, rungs := range l {
		for _, r := range rungs {
			for _, name := range r.Channels {
				if channels[name] == nil {
					return fmt.Errorf("ladders: %s: no channel %q", class, name)
				}
			}
		}
	}
	return nil
}

func parseRung(row []string) (r Rung, err error) {
	if len(row) != 4 {
		return r, fmt.Errorf("%d columns, want 4", len(row))
	}
	r.Audience, r.Channels = Audience(row[2]), strings.Fields(row[3])
	r.AfterS, err = strconv.ParseInt(row[1], 10, 64)
	return r, err
}

// follows says why a rung cannot come next.
func follows(before []Rung, r Rung) error {
	known := false
	for _, a := range audiences {
		known = known || a == r.Audience
	}
	switch {
	case !known:
		return fmt.Errorf("no audience %q", r.Audience)
	case len(before) == 0 && (r.Audience != Named || r.AfterS != 0):
		return fmt.Errorf("the first rung asks those named, at once")
	case len(before) > 0 && (r.Audience == Named || r.AfterS <= before[len(before)-1].AfterS):
		return fmt.Errorf("a later rung asks others, later")
	case r.Audience != Nothing && len(r.Channels) == 0:
		return fmt.Errorf("no channel")
	}
	return nil
}
