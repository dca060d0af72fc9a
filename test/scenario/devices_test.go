package scenario

import (
	"fmt"
	"slices"
	"strings"

	"zhian/app/apptest"
)

// turnOn connects a handset or a console; one that was on before goes on from
// where it was.
func (st *stage) turnOn(m []string) {
	st.Helper()
	cursor, unread := int64(0), []map[string]any(nil)
	if d := st.devices[m[1]]; d != nil {
		unread = d.Take()
		d.Close()
		cursor = d.Cursor()
	}
	st.Present(m[1])
	st.devices[m[1]] = st.Connect(m[1], cursor)
	st.devices[m[1]].Keep(unread)
	st.Settle()
}

func (st *stage) turnOff(m []string) {
	st.Helper()
	st.device(m[1]).Close()
}

// cutOff says that the house itself has ended the connection.
func (st *stage) cutOff(m []string) {
	st.Helper()
	d := st.device(m[1])
	d.Level()
	if !d.Over() {
		st.wrong("it is still connected")
	}
}

func (st *stage) device(who string) *apptest.Device {
	st.Helper()
	d := st.devices[who]
	if d == nil {
		st.wrong("%s has nothing that is on", who)
	}
	return d
}

// hears finds the next frame that is as expected; those before it are passed over.
func (st *stage) hears(m []string) {
	st.Helper()
	p, err := Compile(st.text(m[3], inJSON))
	if err != nil {
		st.wrong("%v", err)
	}
	d, heard := st.taken(m)
	why := "nothing came"
	for i, frame := range heard {
		if why = p.Match(any(frame)); why == "" {
			d.Keep(heard[i+1:])
			if m[4] != "" {
				st.known[m[4]] = frame
			}
			return
		}
	}
	st.wrong("%s\nwhat came: %s", why, listed(heard))
}

// taken is what a device has heard: a handset shows its officer what is for them,
// a console everything.
func (st *stage) taken(m []string) (*apptest.Device, []map[string]any) {
	st.Helper()
	d := st.device(m[1] + m[2])
	heard := d.Take()
	if m[1] == "" {
		return d, heard
	}
	return d, slices.DeleteFunc(heard, func(f map[string]any) bool {
		topic, what, more := strings.Cut(fmt.Sprint(f["type"]), ".")
		return more && topic != "inbox" || what == "progressed" // of what it has itself
	})
}

func (st *stage) hearsNothing(m []string) {
	st.Helper()
	if _, heard := st.taken(m); len(heard) > 0 {
		st.wrong("but it came: %s", listed(heard))
	}
}

// hearsNothingOf looks through what has come and leaves it there.
func (st *stage) hearsNothingOf(m []string) {
	st.Helper()
	p, err := Compile(st.text(m[3], inJSON))
	if err != nil {
		st.wrong("%v", err)
	}
	d, heard := st.taken(m)
	for _, frame := range heard {
		if p.Match(any(frame)) == "" {
			st.wrong("but it came: %s", brief(frame))
		}
	}
	d.Keep(heard)
}

func listed(frames []map[string]any) string {
	var out strings.Builder
	for _, f := range frames {
		fmt.Fprintf(&out, "\n  %s", brief(f))
	}
	return out.String()
}
