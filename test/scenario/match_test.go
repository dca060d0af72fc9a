package scenario

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	const got = `{"id":"x","n":3,"at":"2026-05-06T00:00:40Z","list":[{"k":1},{"k":2},{"k":3}],"none":null,"text":"<b>one two"}`
	for _, c := range []struct{ pattern, differs string }{
		{`{"id":"x","n":3}`, ""},
		{`{"at":"2026-05-06T08:00:40+08:00"}`, ""},
		{`{"at":"2026-05-06T08:00:41+08:00"}`, "/at: want"},
		{`{"list":[{"k":1},{"k":2},{"k":3}]}`, ""},
		{`{"list":[{"k":1},{"k":2}]}`, "/list: want 2 items"},
		{`{"list":[{"k":2}, ...]}`, ""},
		{`{"list":[{"k":1},{"k":3}, ...]}`, ""},
		{`{"list":[{"k":3},{"k":1}, ...]}`, "item 2 of the expectation"},
		{`{"list":[{"k":4}, ...]}`, "item 1"},
		{`{"list":[]}`, "want 0 items"},
		{`{"n":>2}`, ""}, {`{"n":>=3}`, ""}, {`{"n":<3}`, "want <3"}, {`{"n":<=3}`, ""}, {`{"n":4}`, "want =4"}, {`{"n":"3"}`, `want "3"`},
		{`{"text":~"<b>one"}`, ""}, {`{"text":~"three"}`, "something with"}, {`~"k\":2"`, ""},
		{`{"none":null}`, ""}, {`{"none":any}`, "want any"}, {`{"id":any}`, ""},
		{`{"absent":no,"none":no}`, ""}, {`{"id":no}`, "want no"}, {`{"absent":any}`, "not there"},
		{`{!"absent"}`, ""}, {`{!"id"}`, "/id: want nothing there"}, {`{"other":1}`, "/other: not there"},
		{`[]`, "want a list"}, {`{"n":{}}`, "want an object"}, {`{"n":true}`, "want true"},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		var value any
		if err := json.Unmarshal([]byte(got), &value); err != nil {
			t.Fatal(err)
		}
		d := p.Match(value)
		if (d == "") != (c.differs == "") || !strings.Contains(d, c.differs) {
			t.Errorf("%s: said %q, want %q", c.pattern, d, c.differs)
		}
	}
}

func TestNotationThatIsNone(t *testing.T) {
	for _, text := range []string{``, `{`, `{"a"}`, `{"a":1`, `{"a":1 "b":2}`, `[1,`, `what`, `"open`, `{"a":1} x`, `>`} {
		if p, err := Compile(text); err == nil {
			t.Errorf("%q was read as %+v", text, p)
		}
	}
}

func TestParse(t *testing.T) {
	s, err := Parse("rule", `# A title
# a remark

anna POST /v1/things {"a":"->"}
  with If-Match: "3"
  -> 201 {"b":1,
    "c":[2]} as T
3 times ben, still logged in, GET /v1/things?x=1 -> 401
wait 70s
`)
	if err != nil || s.Title != "A title" || len(s.Steps) != 3 {
		t.Fatalf("%+v, %v", s, err)
	}
	r := s.Steps[0].Request
	if r == nil || r.Who != "anna" || r.Body != `{"a":"->"}` || r.Headers[0] != [2]string{"If-Match", `"3"`} || r.Status != 201 ||
		r.As != "T" || !strings.HasSuffix(r.Want, `"c":[2]}`) || s.Steps[0].Line != 4 {
		t.Errorf("%+v", r)
	}
	if r := s.Steps[1].Request; r == nil || r.Times != 3 || !r.Stay || r.Status != 401 || r.Want != "" || r.Body != "" {
		t.Errorf("%+v", r)
	}
	if s.Steps[2].Request != nil || s.Steps[2].Text != "wait 70s" || s.Steps[2].Line != 9 {
		t.Errorf("%+v", s.Steps[2])
	}
	for _, bad := range []string{"no title\n", "# t\na GET /x\n", "# t\na GET /x -> fine\n"} {
		if _, err := Parse("bad", bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
