// Package scenario reads stories: text files that tell, request by request, how
// the house behaves, in words that a station leader can follow. Each is named by
// the rule it pins, and its first line is its title.
//
// A statement begins at the left margin; indented lines go on with it; # begins
// a remark. These are all of them:
//
//	dispatcher POST /v1/incidents/$I1/dispatch {"unit_ids":["$A1"]} -> 200 {"status":"dispatched"}
//	    somebody asks, and what they are answered. The expectation is partial
//	    (see Match); "as I1" at its end keeps the answer, and $I1 is its id from
//	    then on, $I1.status another member. "with If-Match: "3"" before the arrow
//	    adds a header. "nobody" asks without a session. "3 times calltaker …"
//	    repeats, with $n (or ${n}m) counting and "as I" keeping I1, I2, I3.
//	P1, still logged in, GET /v1/me -> 401
//	    the same without logging in again after a long time away
//	handset P1 is on · handset P1 is off · handset P1 is cut off
//	handset P1 gets {"type":"inbox.message"} as M · handset P1 gets nothing
//	console dispatcher is on · console dispatcher sees {…} · … sees nothing of {…}
//	    what comes on the live channel, to a handset what is for its officer: the
//	    next frame that is so, whatever came before it; one that is off and on again goes on from where it was. "cut
//	    off" says that the house has ended the connection.
//	wait 70s · until 23:50 · midnight
//	    time passes, and everything that is due happens
//	stop and start the house
//	ledger holds · doctor finds nothing · doctor finds ~"$I1/5" · doctor mends
//	somebody writes to the database: UPDATE …
//	40 cars at north as cars
//	    units on duty with a crew of one; $cars is the list of their ids
//	anna is officer at north
//	    an account with a role
//
// In requests csv(…) is a file with these lines; in requests and expectations
// @08:01:30 is a moment of the story's first day,
// @08:01:30+1d of the next, @now-9m one seen from the moment of the statement.
package scenario

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var sheet = regexp.MustCompile(`(?s)csv\((.*?)\)`)

// Files writes the sheets of a body, csv(…), as requests carry files: in base64.
func Files(body string) string {
	return sheet.ReplaceAllStringFunc(body, func(s string) string {
		text := strings.TrimSpace(sheet.FindStringSubmatch(s)[1]) + "\n"
		return strconv.Quote(base64.StdEncoding.EncodeToString([]byte(text)))
	})
}

// Story is one file.
type Story struct {
	Name  string // of the file, without its ending
	Title string
	Steps []Step
}

// Step is one statement. Text is the whole of it when it is no request.
type Step struct {
	Line    int
	Text    string
	Request *Request
}

// Request is somebody's question and the answer that the story wants.
type Request struct {
	Who     string
	Stay    bool // with the session they have, however old
	Times   int
	Method  string
	Path    string
	Body    string
	Headers [][2]string
	Status  int
	Want    string // a pattern, or empty
	As      string
}

// Parse reads a story.
func Parse(name, text string) (Story, error) {
	s := Story{Name: name}
	lines := strings.Split(text, "\n")
	title, ok := strings.CutPrefix(lines[0], "# ")
	if !ok || title == "" {
		return s, fmt.Errorf("%s:1: the first line is not a title", name)
	}
	s.Title = title
	for i, line := range lines {
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "", strings.HasPrefix(trimmed, "#"):
		case trimmed != line && strings.HasPrefix(line, " ") && len(s.Steps) > 0:
			s.Steps[len(s.Steps)-1].Text += "\n" + trimmed
		default:
			s.Steps = append(s.Steps, Step{Line: i + 1, Text: trimmed})
		}
	}
	for i := range s.Steps {
		if err := s.Steps[i].parse(); err != nil {
			return s, fmt.Errorf("%s:%d: %w", name, s.Steps[i].Line, err)
		}
	}
	return s, nil
}

var (
	asking  = regexp.MustCompile(`(?s)^(?:(\d+) times )?(\S+?)(, still logged in,)? (GET|POST|PUT|DELETE) (\S+)(.*)$`)
	answers = regexp.MustCompile(`(?s)^\s*(\d{3})\b(.*?)(?:\s+as\s+(\w+))?\s*$`)
	header  = regexp.MustCompile(`(?m)(?:^|\s)with ([A-Z][A-Za-z-]*): (\S+)`)
)

func (s *Step) parse() error {
	m := asking.FindStringSubmatch(s.Text)
	if m == nil {
		return nil
	}
	sent, wanted, ok := cutLast(m[6], "->")
	if !ok {
		return fmt.Errorf("%q says no answer", s.Text)
	}
	a := answers.FindStringSubmatch(wanted)
	if a == nil {
		return fmt.Errorf("%q is no answer", wanted)
	}
	r := &Request{Who: m[2], Stay: m[3] != "", Times: 1, Method: m[4], Path: m[5], Want: strings.TrimSpace(a[2]), As: a[3]}
	if m[1] != "" {
		r.Times, _ = strconv.Atoi(m[1])
	}
	r.Status, _ = strconv.Atoi(a[1])
	for _, h := range header.FindAllStringSubmatch(sent, -1) {
		r.Headers = append(r.Headers, [2]string{h[1], h[2]})
	}
	r.Body = strings.TrimSpace(header.ReplaceAllString(sent, ""))
	s.Request = r
	return nil
}

// cutLast cuts around the last sep: a body may hold one too.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
