package incident

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// NumberFormat is how an incident's number reads to people, for example
// "330784-{date}-{serial}". {date} is the centre's day on which the call was
// taken down, as 20260501; {serial} counts within it, in five figures unless it
// says how many, as {serial:4} does. The zero value is "{date}-{serial}".
type NumberFormat struct {
	before, between, after string
	serialFirst            bool
	figures                int
}

var numberText = regexp.MustCompile(`^([A-Za-z0-9/-]{0,20})\{(date|serial)(?::(\d))?\}([A-Za-z0-9/-]{0,5})\{(date|serial)(?::(\d))?\}([A-Za-z0-9/-]{0,20})$`)

// ParseNumberFormat refuses a text that does not hold {date} and {serial} once
// each, or others than letters, figures, "-" and "/" beside them.
func ParseNumberFormat(text string) (NumberFormat, error) {
	m := numberText.FindStringSubmatch(text)
	if m == nil || m[2] == m[5] {
		return NumberFormat{}, fmt.Errorf("a number is like 330784-{date}-{serial}, not %q", text)
	}
	f := NumberFormat{m[1], m[4], m[7], m[2] == "serial", 5}
	if figures, err := strconv.Atoi(m[3] + m[6]); err == nil {
		f.figures = figures
	}
	return f, nil
}

func (f NumberFormat) number(day string, serial int64) string {
	if f.figures == 0 {
		f = NumberFormat{between: "-", figures: 5}
	}
	first, second := day, fmt.Sprintf("%0*d", f.figures, serial)
	if f.serialFirst {
		first, second = second, first
	}
	return strings.Join([]string{f.before, first, f.between, second, f.after}, "")
}

// numbers gives each call its number. A node takes whole blocks of a day's
// numbers for itself and hands them out from memory, so that no two calls wait
// for one row: numbers are unique, rise on one node, and have gaps where a node
// ended or several share a day.
type numbers struct {
	db     *sqldb.DB
	format NumberFormat
	zone   *time.Location

	mu      sync.Mutex
	day     string
	began   time.Time
	now     block         // handed out
	next    block         // taken ahead
	coming  chan struct{} // closed when the block that is being taken has come, or failed to
	taken   time.Time
	howMany int64
	err     error // of the last try
}

// block is the numbers from, from+1 … to-1.
type block struct{ from, to int64 }

func (b block) left() int64 { return b.to - b.from }

const mostBack = 2 * time.Hour

// A block lasts a quarter of a minute or more, if that can be.
const (
	smallBlock = 8
	largeBlock = 8192
	blockLasts = 15 * time.Second
)

// take is the number of a call that is taken down now. It fails only with the
// database: a block that was asked for before the call came may have failed for a
// reason that is over, so the call asks once more itself.
func (n *numbers) take(ctx context.Context, now time.Time) (string, error) {
	for asked := 0; ; asked++ {
		day, serial, coming := n.one(now.In(n.zone).Format("20060102"), now)
		if coming == nil {
			return n.format.number(day, serial), nil
		}
		select {
		case <-coming:
			if err := n.trouble(); err != nil && asked > 0 {
				return "", err
			}
		case <-ctx.Done():
			return "", fault.Wrap(fault.Unavailable, "incident.no_number", ctx.Err())
		}
	}
}

// one is the next number, or what to wait for. The next block is taken before
// this one is used up.
func (n *numbers) one(today string, now time.Time) (day string, serial int64, coming chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	// A call that began before midnight, and a clock that was set back a little,
	// stay with the new day.
	if back := n.began.Sub(now); today != n.day && (back <= 0 || back > mostBack) {
		n.day, n.began, n.now, n.next = today, now, block{}, block{}
	}
	if n.now.left() == 0 {
		n.now, n.next = n.next, block{}
	}
	if n.now.left() <= n.howMany/2 && n.next.left() == 0 && n.coming == nil {
		n.coming = make(chan struct{})
		go n.fetch(n.day, n.size(now))
	}
	if n.now.left() == 0 {
		return "", 0, n.coming
	}
	n.now.from++
	return n.day, n.now.from - 1, nil
}

// fetch takes a block. One of a day that is over is left as a gap.
func (n *numbers) fetch(day string, size int64) {
	fresh, err := n.lease(context.Background(), day, size)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.err = err; err == nil && day == n.day {
		n.next = fresh
	}
	close(n.coming)
	n.coming = nil
}

// trouble is why the last block did not come.
func (n *numbers) trouble() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

// size doubles while blocks are used up fast and halves while they are not.
func (n *numbers) size(now time.Time) int64 {
	if now.Sub(n.taken) < blockLasts {
		n.howMany = min(2*n.howMany, largeBlock)
	} else {
		n.howMany /= 2
	}
	n.taken, n.howMany = now, max(n.howMany, smallBlock)
	return n.howMany
}

// lease takes a block for this node alone.
func (n *numbers) lease(ctx context.Context, day string, size int64) (b block, err error) {
	err = n.db.Do(ctx, func(tx *sqldb.Tx) error {
		end, err := sqldb.Get(tx, Queries["LeaseNumbers"], sqldb.ScanInt, day, size+1, size)
		b = block{end - size, end}
		return err
	})
	return b, err
}
