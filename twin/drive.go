package twin

import (
	"container/heap"
	"context"
	"errors"
	"time"

	"zhian/platform/geo"
)

// Centre is the server as the city's people use it: the call-taker at a
// console, the crews with their handsets. Incidents are named by the id that
// Receive reports, units by their index in City.Units.
type Centre interface {
	Receive(ctx context.Context, call Call, at time.Time) (id string, err error)
	Merge(ctx context.Context, id, into string, at time.Time) error
	// Candidates are units that could be sent, best first.
	Candidates(ctx context.Context, id string) ([]int, error)
	Dispatch(ctx context.Context, id string, unit int, at time.Time) error
	Press(ctx context.Context, id string, unit int, step Step, at time.Time) error
	Contact(ctx context.Context, id string, unit int, answered bool, at time.Time) error
	Video(ctx context.Context, id string, unit int, at time.Time) error
	Feedback(ctx context.Context, id string, unit int, text string, at time.Time) error
	Close(ctx context.Context, id, disposition string, at time.Time) error
	// Positions tells of a unit at work, Waits of one that waits.
	Positions(ctx context.Context, unit int, fixes []Fix) error
	Waits(ctx context.Context, unit int, fix Fix) error
}

// Step is a button on the handset.
type Step string

const (
	Acknowledge Step = "acknowledged"
	EnRoute     Step = "en_route"
	OnScene     Step = "on_scene"
	Cleared     Step = "cleared"
)

// Fix is one position of a unit.
type Fix struct {
	At    time.Time
	Point geo.Point
}

// ErrRefused marks an error of a Centre that repeating will not mend.
var ErrRefused = errors.New("refused")

// Clock is the city's time. Wait returns when it has come, or with the
// context's error.
type Clock interface {
	Now() time.Time
	Wait(ctx context.Context, until time.Time) error
}

// Waits of the people: for a free unit, for a server that is out, between fixes.
const (
	noUnitPause = 20 * time.Second
	outPause    = 10 * time.Second
	fixEvery    = 10 * time.Second
	idleEvery   = 10 * time.Minute
	patience    = 360 // repetitions of one thing: an hour
)

// Drive lives the city's life from now until the context ends or the clock has
// passed the end, then lets what has begun come to its close. Trouble hears of
// each failure; nothing but the context ends the drive.
func (c *City) Drive(ctx context.Context, centre Centre, clock Clock, end time.Time, trouble func(error)) error {
	d, start := c.drive(centre, trouble), clock.Now()
	for i := range c.Units {
		d.later(start, func(ctx context.Context) error { return d.idle(ctx, i, start, end) })
	}
	for call := range c.Calls(start, end) {
		if err := d.until(ctx, clock, call.At); err != nil {
			return err
		}
		d.later(call.At, func(ctx context.Context) error { return d.receive(ctx, call) })
	}
	return d.until(ctx, clock, time.Time{})
}

// drive begins with everybody at home and nothing to do.
func (c *City) drive(centre Centre, trouble func(error)) *drive {
	d := &drive{city: c, centre: centre, trouble: trouble, at: make([]geo.Point, len(c.Units)), busy: make([]bool, len(c.Units)), open: map[string]string{}, waiting: map[string]bool{}}
	for i, u := range c.Units {
		d.at[i] = u.Home
	}
	return d
}

// drive is the state of the people: who is busy where, and what happens next.
type drive struct {
	city    *City
	centre  Centre
	trouble func(error)
	agenda  agenda
	count   int
	at      []geo.Point
	busy    []bool
	open    map[string]string // incident ids of calls, by reference
	waiting map[string]bool   // incidents that the city still has to send somebody to
	unseen  bool              // nobody is told where units are
}

// event is something to do at a time; of two at one time the earlier made comes
// first, so that a drive goes the same way each time.
type event struct {
	at    time.Time
	no    int
	tries int
	do    func(context.Context) error
}

type agenda []event

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].no < a[j].no
}
func (a *agenda) Push(x any) { *a = append(*a, x.(event)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func (d *drive) later(at time.Time, do func(context.Context) error) {
	d.push(event{at: at, do: do})
}

func (d *drive) push(e event) {
	d.count++
	e.no = d.count
	heap.Push(&d.agenda, e)
}

// until does everything that is due before a time; all there is for the zero time.
func (d *drive) until(ctx context.Context, clock Clock, end time.Time) error {
	for len(d.agenda) > 0 && (end.IsZero() || d.agenda[0].at.Before(end)) {
		e := heap.Pop(&d.agenda).(event)
		if err := clock.Wait(ctx, e.at); err != nil {
			return err
		}
		d.visited()
		err := e.do(ctx)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.trouble(err)
		if e.tries++; e.tries < patience && !errors.Is(err, ErrRefused) {
			e.at = e.at.Add(outPause)
			d.push(e)
		}
	}
	return nil
}
