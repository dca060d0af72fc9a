package describe

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"zhian/platform/httpapi"
)

type Colour string

// Part is in both directions.
type Part struct {
	Name string `json:"name" required:"true" max:"10"`
	Size int    `json:"size,omitzero" min:"1" max:"9"`
}

// Only is in answers.
type Only struct {
	At     time.Time         `json:"at"`
	Made   *Part             `json:"made"`
	Maybe  *Part             `json:"maybe,omitempty"`
	Colour Colour            `json:"colour"`
	Marks  []string          `json:"marks"`
	Counts map[string]*int64 `json:"counts"`
	hidden int
	Left   string `json:"-"`
}

type asking struct {
	ID     string   `path:"id"`
	Limit  int      `query:"limit" min:"1" max:"500"`
	Only   []string `query:"only"`
	Colour string   `json:"colour" enum:"red,blue"`
	Part   Part     `json:"part" required:"true"`
	Parts  []Part   `json:"parts" max:"3"`
	Names  []string `json:"names" items:"max:\"7\""`
	When   *time.Time
}

func make(context.Context, asking) (httpapi.List[Only], error) { return httpapi.List[Only]{}, nil }

const source = `package describe

// Colour is red or blue.
type Colour string

const (
	Red Colour = "red"
	Blue Colour = "blue"
)

// Part is in both
// directions.
type Part struct {
	Name string // what it is called
}

// make makes it.
//
//	a drawing
func make() {}
`

func documentOf(t *testing.T, r ...httpapi.Route) map[string]any {
	t.Helper()
	words, err := ReadWords(fstest.MapFS{"api/describe/x.go": {Data: []byte(source)}, "api/describe/x_test.go": {Data: []byte("not Go")}}, "zhian")
	if err != nil {
		t.Fatal(err)
	}
	text, err := OpenAPI(r, words, map[string]any{"POST /v1/things/{id}": map[string]any{"colour": "red"}})
	if err != nil {
		t.Fatal(err)
	}
	var d map[string]any
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// dig follows a path of members and gives its end as JSON.
func dig(d any, path string) string {
	for _, part := range strings.Split(path, " ") {
		object, ok := d.(map[string]any)
		if !ok {
			return "nothing"
		}
		d = object[part]
	}
	text, _ := json.Marshal(d)
	return string(text)
}

func TestOpenAPI(t *testing.T) {
	d := documentOf(t, httpapi.Route{Pattern: "POST /v1/things/{id}", Perm: "thing.make", Audit: httpapi.AuditChange, Status: 201, Summary: "Make", Do: httpapi.Do(make)},
		httpapi.Route{Pattern: "GET /v1/things", Public: true, Audit: httpapi.AuditNone, Status: 204, Summary: "None", Do: httpapi.Do(func(context.Context, httpapi.Nothing) (n httpapi.Nothing, err error) { return n, err })})
	const op, parts, only = "paths /v1/things/{id} post", "components schemas describe.Part", "components schemas describe.Only"
	for path, want := range map[string]string{
		op + " operationId":          `"post_things_id"`,
		op + " x-permission":         `"thing.make"`,
		op + " x-audit":              `"change"`,
		op + " description":          `"make makes it.\n\n\ta drawing"`,
		op + " parameters":           `[{"in":"path","name":"id","required":true,"schema":{"maxLength":500,"type":"string"}},{"in":"query","name":"limit","schema":{"maximum":500,"minimum":1,"type":"integer"}},{"explode":false,"in":"query","name":"only","schema":{"items":{"maxLength":500,"type":"string"},"maxItems":1000,"type":"array"}},{"description":"The same request with the same key is answered with the first answer for a day","in":"header","name":"Idempotency-Key","schema":{"maxLength":128,"type":"string"}}]`,
		op + " requestBody required": `true`,
		op + " requestBody content application/json schema":     `{"$ref":"#/components/schemas/describe.asking"}`,
		op + " requestBody content application/json example":    `{"colour":"red"}`,
		op + " responses 201 content application/json schema":   `{"$ref":"#/components/schemas/describe.OnlyList"}`,
		op + " responses default":                               `{"$ref":"#/components/responses/Problem"}`,
		"paths /v1/things get security":                         `[]`,
		"paths /v1/things get responses 204":                    `{"description":"No Content"}`,
		parts + " required":                                     `["name"]`,
		parts + " properties name":                              `{"description":"what it is called","type":"string"}`,
		parts + " description":                                  `"Part is in both directions."`,
		parts + "Input properties size":                         `{"maximum":9,"minimum":1,"type":"integer"}`,
		parts + "Input additionalProperties":                    `false`,
		only + " required":                                      `["at","colour","counts","made","marks"]`,
		only + " properties at":                                 `{"format":"date-time","type":"string"}`,
		only + " properties made":                               `{"anyOf":[{"$ref":"#/components/schemas/describe.Part"},{"type":"null"}]}`,
		only + " properties maybe":                              `{"$ref":"#/components/schemas/describe.Part"}`,
		only + " properties colour":                             `{"$ref":"#/components/schemas/describe.Colour"}`,
		only + " properties counts":                             `{"additionalProperties":{"type":["integer","null"]},"type":"object"}`,
		only + " properties hidden":                             `null`,
		only + " properties Left":                               `null`,
		"components schemas describe.Colour enum":               `["red","blue"]`,
		"components schemas describe.asking properties colour":  `{"enum":["red","blue"],"type":"string"}`,
		"components schemas describe.asking properties parts":   `{"items":{"$ref":"#/components/schemas/describe.PartInput"},"maxItems":3,"type":"array"}`,
		"components schemas describe.asking properties names":   `{"items":{"maxLength":7,"type":"string"},"maxItems":1000,"type":"array"}`,
		"components schemas describe.asking properties When":    `{"format":"date-time","type":["string","null"]}`,
		"components schemas describe.asking properties id":      `null`,
		"components schemas describe.OnlyList properties items": `{"items":{"$ref":"#/components/schemas/describe.Only"},"type":"array"}`,
	} {
		if got := dig(d, path); got != want {
			t.Errorf("%s:\n got %s\nwant %s", path, got, want)
		}
	}
}

type secretive struct{ x int }

func (secretive) MarshalJSON() ([]byte, error) { return nil, nil }

func TestATypeThatNobodyCanDescribeIsRefused(t *testing.T) {
	type bad struct{ Secret secretive }
	type worse struct{ Call func() }
	for _, r := range []httpapi.Route{
		{Pattern: "GET /v1/x", Status: 200, Do: httpapi.Do(func(context.Context, httpapi.Nothing) (b bad, err error) { return b, err })},
		{Pattern: "GET /v1/x", Status: 200, Do: httpapi.Do(func(context.Context, httpapi.Nothing) (b worse, err error) { return b, err })},
	} {
		if _, err := OpenAPI([]httpapi.Route{r}, Words{}, nil); err == nil {
			t.Error("described")
		}
	}
}

type grown struct {
	ID   string `json:"id"`
	Size int    `json:"size"`
}

func (grown) FactName() string  { return "thing.grown.v2" }
func (g grown) FactKey() string { return g.ID }

type all struct{}

func (all) FactName() string { return "thing.all" }
func (all) FactKey() string  { return "everything" }

type mixed struct{ A, B string }

func (mixed) FactName() string  { return "thing.mixed" }
func (m mixed) FactKey() string { return m.A + "/" + m.B }

func TestFacts(t *testing.T) {
	text, err := Facts([]Fact{grown{}, all{}}, Words{})
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Facts []struct {
			Name    string
			Version int
			Key     map[string]string
		}
	}
	if err := json.Unmarshal(text, &d); err != nil || len(d.Facts) != 2 || d.Facts[0].Name != "thing.all" || d.Facts[0].Key["constant"] != "everything" ||
		d.Facts[1].Name != "thing.grown" || d.Facts[1].Version != 2 || d.Facts[1].Key["member"] != "id" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := Facts([]Fact{mixed{}}, Words{}); err == nil {
		t.Error("a key of two members was described")
	}
}
