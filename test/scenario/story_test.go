package scenario

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhian/app/apptest"
)

// Stories reads every story of this folder.
func stories(t *testing.T) (list []Story) {
	t.Helper()
	paths, err := filepath.Glob("*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no stories", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(strings.TrimSuffix(path, ".txt"), string(text))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

func TestStories(t *testing.T) {
	all := stories(t)
	description, err := apptest.ReadDescription()
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range apptest.Engines() {
		t.Run(engine, func(t *testing.T) {
			county := apptest.Build(t, engine)
			for _, s := range all {
				t.Run(s.Name, func(t *testing.T) {
					t.Parallel()
					tell(t, county, description, s)
				})
			}
		})
	}
}

// tell plays a story in a fresh copy of the county.
func tell(t *testing.T, county *apptest.County, description *apptest.Described, s Story) {
	st := &stage{House: county.House(t), description: description, story: s, known: map[string]any{}, devices: map[string]*apptest.Device{}}
	for name, id := range county.Ids() {
		st.known[name] = id
	}
	for _, step := range s.Steps {
		st.step = step
		st.play()
		if t.Failed() {
			return
		}
	}
}

// stage is a story being played.
type stage struct {
	*apptest.House
	description *apptest.Described
	story       Story
	step        Step
	known       map[string]any // what $names stand for
	devices     map[string]*apptest.Device
}

// wrong ends the story with its line and what was expected.
func (st *stage) wrong(format string, args ...any) {
	st.Helper()
	st.Fatalf("%s\n%s.txt:%d: %s\n%s", st.story.Title, st.story.Name, st.step.Line, st.step.Text, fmt.Sprintf(format, args...))
}

func (st *stage) play() {
	st.Helper()
	if r := st.step.Request; r != nil {
		for n := range r.Times {
			st.known["n"] = float64(n + 1)
			st.ask(*r, n+1)
		}
		return
	}
	for _, v := range verbs {
		if m := v.form.FindStringSubmatch(st.step.Text); m != nil {
			v.do(st, m)
			return
		}
	}
	st.wrong("this is no statement")
}

func (st *stage) ask(r Request, n int) {
	st.Helper()
	who := r.Who
	if who == "nobody" {
		who = ""
	}
	if who != "" && !r.Stay {
		st.Present(who)
	}
	for i := range r.Headers {
		r.Headers[i][1] = st.text(r.Headers[i][1], raw)
	}
	a := st.Send(who, r.Method, st.text(r.Path, inPath), Files(st.text(r.Body, inJSON)), r.Headers...)
	got, err := a.JSON()
	if err != nil {
		st.wrong("the answer is no JSON: %v\n%s", err, a.Body)
	}
	if a.Status != r.Status {
		st.wrong("want %d, got %d %s", r.Status, a.Status, a.Body)
	}
	if err := st.description.Check(a); err != nil {
		st.wrong("the answer is not as the API describes it: %v\n%s", err, a.Body)
	}
	if r.Want != "" {
		st.match(r.Want, got)
	}
	if r.As == "" {
		return
	}
	if r.Times > 1 {
		r.As = fmt.Sprint(r.As, n)
	}
	st.known[r.As] = got
}

// match compares an answer with the story's expectation.
func (st *stage) match(want string, got any) {
	st.Helper()
	p, err := Compile(st.text(want, inJSON))
	if err != nil {
		st.wrong("%v", err)
	}
	if d := p.Match(got); d != "" {
		st.wrong("%s\nthe whole: %s", d, brief(got))
	}
}

// Where a text stands decides how a name or a moment in it is written.
type place int

const (
	raw place = iota
	inJSON
	inPath
)

var (
	name   = regexp.MustCompile(`\$(?:([A-Za-z]\w*(?:\.\w+)*)|\{(\w+)\})`)
	moment = regexp.MustCompile(`@(?:now([+-]\w+)?|(\d\d:\d\d(?::\d\d)?)(?:\+(\d+)d)?)`)
)

var zone = time.FixedZone("UTC+8", 8*3600)

// text puts in what $names and @moments stand for.
func (st *stage) text(s string, where place) string {
	st.Helper()
	s = name.ReplaceAllStringFunc(s, func(token string) string {
		switch v := st.value(strings.Trim(token, "${}")).(type) {
		case string:
			return v
		default:
			return show(v)
		}
	})
	return moment.ReplaceAllStringFunc(s, func(token string) string {
		at := st.moment(token).Format(time.RFC3339)
		switch where {
		case inJSON:
			return `"` + at + `"`
		case inPath:
			return url.QueryEscape(at)
		}
		return at
	})
}

func (st *stage) moment(token string) time.Time {
	st.Helper()
	m := moment.FindStringSubmatch(token)
	if m[2] == "" {
		if m[1] == "" {
			return st.Now()
		}
		return st.Now().Add(st.duration(m[1]))
	}
	at, err := time.Parse(time.TimeOnly, m[2]+strings.Repeat(":00", 2-strings.Count(m[2], ":")))
	if err != nil {
		st.wrong("%v", err)
	}
	y, month, d := apptest.Start.In(zone).Date()
	days := 0
	fmt.Sscan(m[3], &days)
	return time.Date(y, month, d+days, at.Hour(), at.Minute(), at.Second(), 0, zone)
}

// duration is Go's, and days.
func (st *stage) duration(s string) time.Duration {
	st.Helper()
	if n, ok := strings.CutSuffix(s, "d"); ok {
		s = n + "h"
		d, err := time.ParseDuration(s)
		if err != nil {
			st.wrong("%v", err)
		}
		return 24 * d
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		st.wrong("%v", err)
	}
	return d
}

// value digs in what is known: $I1.status, $I1 alone is its id.
func (st *stage) value(path string) any {
	st.Helper()
	parts := strings.Split(path, ".")
	v, known := st.known[parts[0]]
	if !known {
		st.wrong("nobody knows $%s", parts[0])
	}
	for _, part := range parts[1:] {
		switch in := v.(type) {
		case map[string]any:
			v = in[part]
		case []any:
			i := 0
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(in) {
				st.wrong("there is no $%s", path)
			}
			v = in[i]
		default:
			v = nil
		}
	}
	if object, ok := v.(map[string]any); ok && len(parts) == 1 {
		v = object["id"]
	}
	if v == nil {
		st.wrong("there is no $%s", path)
	}
	return v
}

func mustJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
