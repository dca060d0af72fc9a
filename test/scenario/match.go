package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Pattern is what an answer must look like. The notation is JSON, and:
//
//	{"a":1}        an object with at least these members
//	{!"b"}         and without this one
//	[1, 2]         a list of exactly these
//	[1, ...]       a list that holds these, in this order, among others
//	any            a value that is there and not null
//	no             false, null or not there
//	>3 >=3 <3 <=3  a number so large
//	~"text"        a text that contains this one, of any JSON its text
//
// Two moments are equal when they are the same instant.
type Pattern struct {
	kind    string // any, text, number, word (true, false, null), contains, object, list
	text    string
	compare string
	number  float64
	members []member
	items   []Pattern
	open    bool
}

type member struct {
	name   string
	absent bool
	value  Pattern
}

// Compile reads the notation.
func Compile(text string) (Pattern, error) {
	r := &reader{rest: text}
	p, err := r.value()
	if err == nil && r.peek() != 0 {
		err = fmt.Errorf("unexpected %.20q behind the expectation", r.rest)
	}
	return p, err
}

type reader struct{ rest string }

func (r *reader) peek() byte {
	r.rest = strings.TrimLeft(r.rest, " \t\r\n")
	if r.rest == "" {
		return 0
	}
	return r.rest[0]
}

func (r *reader) take(token string) bool {
	r.peek()
	rest, ok := strings.CutPrefix(r.rest, token)
	r.rest = rest
	return ok
}

func (r *reader) value() (p Pattern, err error) {
	switch c := r.peek(); {
	case c == '{':
		return r.object()
	case c == '[':
		return r.list()
	case c == '"':
		p.kind = "text"
		p.text, err = r.quoted()
		return p, err
	case c == '~':
		r.take("~")
		p.kind = "contains"
		p.text, err = r.quoted()
		return p, err
	case c == '>' || c == '<' || c == '-' || c >= '0' && c <= '9':
		return r.amount()
	}
	for _, word := range []string{"any", "no", "true", "false", "null"} {
		if r.take(word) {
			return Pattern{kind: "word", text: word}, nil
		}
	}
	return p, fmt.Errorf("%.20q is no expectation", r.rest)
}

func (r *reader) quoted() (text string, err error) {
	r.peek()
	d := json.NewDecoder(strings.NewReader(r.rest))
	if err := d.Decode(&text); err != nil {
		return "", fmt.Errorf("%.20q: %w", r.rest, err)
	}
	r.rest = r.rest[d.InputOffset():]
	return text, nil
}

func (r *reader) amount() (p Pattern, err error) {
	p.kind, p.compare = "number", "="
	for _, sign := range []string{">=", "<=", ">", "<"} {
		if r.take(sign) {
			p.compare = sign
			break
		}
	}
	r.peek()
	end := strings.IndexFunc(r.rest, func(c rune) bool { return !strings.ContainsRune("+-.eE0123456789", c) })
	if end < 0 {
		end = len(r.rest)
	}
	p.number, err = strconv.ParseFloat(r.rest[:end], 64)
	r.rest = r.rest[end:]
	return p, err
}

func (r *reader) object() (Pattern, error) {
	p := Pattern{kind: "object"}
	err := r.sequence("{", "}", func() error {
		m := member{absent: r.take("!")}
		var err error
		if m.name, err = r.quoted(); err != nil {
			return err
		}
		if !m.absent {
			if !r.take(":") {
				return fmt.Errorf("%q has no value", m.name)
			}
			if m.value, err = r.value(); err != nil {
				return err
			}
		}
		p.members = append(p.members, m)
		return nil
	})
	return p, err
}

func (r *reader) list() (Pattern, error) {
	p := Pattern{kind: "list"}
	err := r.sequence("[", "]", func() error {
		if r.take("...") {
			p.open = true
			return nil
		}
		v, err := r.value()
		p.items = append(p.items, v)
		return err
	})
	return p, err
}

// sequence reads parts between brackets.
func (r *reader) sequence(begin, end string, part func() error) error {
	r.take(begin)
	if r.take(end) {
		return nil
	}
	for {
		if err := part(); err != nil {
			return err
		}
		if r.take(end) {
			return nil
		}
		if !r.take(",") {
			return fmt.Errorf("no comma before %.20q", r.rest)
		}
	}
}

// Match says where got, a decoded JSON value, is not as the pattern wants it; ""
// when it is.
func (p Pattern) Match(got any) string { return p.at("", got) }

func (p Pattern) at(path string, got any) string {
	differs := func(want string) string {
		if path == "" {
			path = "the whole"
		}
		return fmt.Sprintf("%s: want %s, got %s", path, want, brief(got))
	}
	switch p.kind {
	case "object":
		return p.inObject(path, got, differs)
	case "list":
		return p.inList(path, got, differs)
	case "text":
		if s, ok := got.(string); !ok || !sameText(p.text, s) {
			return differs(strconv.Quote(p.text))
		}
	case "contains":
		if !strings.Contains(show(got), p.text) {
			return differs("something with " + strconv.Quote(p.text))
		}
	case "number":
		if n, ok := got.(float64); !ok || !p.fits(n) {
			return differs(p.compare + strconv.FormatFloat(p.number, 'g', -1, 64))
		}
	default:
		if !p.says(got) {
			return differs(p.text)
		}
	}
	return ""
}

// says compares with a word.
func (p Pattern) says(got any) bool {
	switch p.text {
	case "any":
		return got != nil
	case "no":
		return got == nil || got == false
	}
	return show(got) == p.text
}

func (p Pattern) fits(n float64) bool {
	return map[string]bool{"=": n == p.number, ">": n > p.number, "<": n < p.number, ">=": n >= p.number, "<=": n <= p.number}[p.compare]
}

func (p Pattern) inObject(path string, got any, differs func(string) string) string {
	object, ok := got.(map[string]any)
	if !ok {
		return differs("an object")
	}
	for _, m := range p.members {
		value, there := object[m.name]
		switch {
		case m.absent && there:
			return fmt.Sprintf("%s/%s: want nothing there, got %s", path, m.name, brief(value))
		case m.absent:
		case !there && m.value.text == "no":
		case !there:
			return fmt.Sprintf("%s/%s: not there; there are %v", path, m.name, names(object))
		default:
			if d := m.value.at(path+"/"+m.name, value); d != "" {
				return d
			}
		}
	}
	return ""
}

func (p Pattern) inList(path string, got any, differs func(string) string) string {
	list, ok := got.([]any)
	if !ok {
		return differs("a list")
	}
	if !p.open && len(list) != len(p.items) {
		return differs(fmt.Sprintf("%d items", len(p.items)))
	}
	next, why := 0, ""
	for i, v := range list {
		if next == len(p.items) {
			return ""
		}
		d := p.items[next].at(path+"/"+strconv.Itoa(i), v)
		if d != "" && !p.open {
			return d
		}
		if d == "" {
			next, why = next+1, ""
			continue
		}
		why = d
	}
	if next < len(p.items) {
		return differs(fmt.Sprintf("item %d of the expectation among them (last compared: %s)", next+1, why))
	}
	return ""
}

// sameText compares, moments as instants.
func sameText(want, got string) bool {
	if want == got {
		return true
	}
	a, errA := time.Parse(time.RFC3339, want)
	b, errB := time.Parse(time.RFC3339, got)
	return errA == nil && errB == nil && a.Equal(b)
}

func show(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// brief is show for a message, cut where a person stops reading.
func brief(v any) string {
	const most = 1500
	text := show(v)
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " …"
	}
	return text
}

func names(object map[string]any) (list []string) {
	for name := range object {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
