package replay

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"zhian/platform/apiclient"
)

// memory is a server that keeps timelines in memory and refuses what the test
// says. It counts what it was asked, so that a test sees what did not happen.
type memory struct {
	sync.Mutex
	timelines map[string]*Timeline
	keys      map[string]bool
	refuse    map[string]string // "<ref> <step>" → fault key
	failAfter int               // requests until the network is gone, 0 = never
	asked     int
	doubled   []string
}

func newMemory() *memory {
	return &memory{timelines: map[string]*Timeline{}, keys: map[string]bool{}, refuse: map[string]string{}}
}

func (m *memory) Timeline(_ context.Context, id string) (Timeline, error) {
	m.Lock()
	defer m.Unlock()
	held := *m.timelines[id]
	held.Calls, held.Units = maps.Clone(held.Calls), maps.Clone(held.Units)
	return held, nil
}

func (m *memory) Open(_ context.Context, key string, o Opening) (string, bool, error) {
	m.Lock()
	defer m.Unlock()
	if m.timelines[o.Ref] != nil {
		return o.Ref, false, nil
	}
	if err := m.take(key, o.Ref, StepOpen); err != nil {
		return "", false, err
	}
	m.timelines[o.Ref] = &Timeline{Calls: map[string]time.Time{o.Ref: o.At}, Units: map[string]Assignment{}}
	return o.Ref, true, nil
}

func (m *memory) Tell(_ context.Context, key, id string, e Entry) (bool, error) {
	m.Lock()
	defer m.Unlock()
	if err := m.take(key, id, e.Kind); err != nil {
		return false, err
	}
	t := m.timelines[id]
	a, sent := t.Units[e.Unit]
	if e.Kind > StepDispatch && e.Kind < StepClose && !sent {
		return false, fmt.Errorf("%s reached step %d of %s before it was sent", e.Unit, e.Kind, id)
	}
	switch e.Kind {
	case StepCall:
		t.Calls[e.Call.Ref] = e.Call.At
		return true, nil
	case StepClose:
		t.Closed = e.At
		return true, nil
	case StepDispatch:
		if a.Undated = e.Undated; !e.Undated {
			a.Dispatched = e.At
		}
	case StepEnRoute:
		a.EnRoute = e.At
	case StepArrive:
		a.Arrived = e.At
	case StepClear:
		a.Cleared = e.At
	}
	t.Units[e.Unit] = a
	return true, nil
}

func (m *memory) take(key, ref string, kind StepKind) error {
	m.asked++
	if m.failAfter > 0 && m.asked > m.failAfter {
		return fmt.Errorf("the network is gone")
	}
	if fault := m.refuse[fmt.Sprintf("%s %d", ref, kind)]; fault != "" {
		return &apiclient.Refused{Status: 409, Key: fault}
	}
	if m.keys[key] {
		m.doubled = append(m.doubled, key)
	}
	m.keys[key] = true
	return nil
}

// planOf reads CSV text as a format.
func planOf(t *testing.T, format, text string) *Plan {
	t.Helper()
	f, ok := ByName(format)
	if !ok {
		t.Fatalf("no format %q", format)
	}
	return planWith(t, f, text)
}

func planWith(t *testing.T, f Format, text string) *Plan {
	t.Helper()
	table, err := newTable(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := read(table, f)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func play(t *testing.T, server Server, plan *Plan) Report {
	t.Helper()
	report, err := Play(t.Context(), server, plan, Options{Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	rows := report.Accepted + report.Merged
	for _, n := range report.Rejected {
		rows += n
	}
	if rows != report.Rows {
		t.Fatalf("%d rows in, %d accounted for: %+v", report.Rows, rows, report)
	}
	return report
}
