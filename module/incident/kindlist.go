package incident

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"zhian/platform/httpapi"
)

// IncidentKind is one code of the category table in force.
type IncidentKind struct {
	Code      string     `json:"code"`
	Name      string     `json:"name"`
	English   string     `json:"name_en"`
	Letters   string     `json:"letters"`             // by which a keyboard finds it
	Priority  int        `json:"priority"`            // 1 highest … 4, unless the call-taker says otherwise
	Serious   bool       `json:"serious"`             // raises the risk level by itself
	Bucket    string     `json:"bucket"`              // what it is counted under in reports
	CountsAs  string     `json:"counts_as,omitempty"` // the code that stands for it in choices and figures: this one is only kept as received
	Words     []string   `json:"words"`               // by which a line that is typed is read as this kind
	Version   string     `json:"version"`             // of the questions
	Questions []Question `json:"questions"`
}

// KindTable is the category table with all that reading a call's text needs.
type KindTable struct {
	Items []IncidentKind `json:"items"`
	Words Words          `json:"risk_words"` // by reason; "denial" takes back the word behind it, "doubt" does not
}

// ListKinds is the category table, by code.
func (s *Service) ListKinds(context.Context, httpapi.Nothing) (KindTable, error) {
	table := KindTable{Items: []IncidentKind{}, Words: s.Words}
	for code, k := range s.Kinds {
		table.Items = append(table.Items, IncidentKind{code, k.Name, k.English, k.Letters, k.Priority, k.Serious, k.Bucket, k.CountsAs,
			orNone(k.Words), k.Version, orNone(k.Questions)})
	}
	slices.SortFunc(table.Items, func(a, b IncidentKind) int {
		return cmp.Or(cmp.Compare(rankOfCode(a.Code), rankOfCode(b.Code)), cmp.Compare(a.Code, b.Code))
	})
	return table, nil
}

func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// rankOfCode puts codes that are numbers in their order: 10 after 9.
func rankOfCode(code string) int {
	n, err := strconv.Atoi(code)
	if err != nil {
		return 1 << 30
	}
	return n
}

// Disposition is a way in which an incident ends.
type Disposition struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// ListDispositions is the table of them in force, by code.
func (s *Service) ListDispositions(context.Context, httpapi.Nothing) (httpapi.List[Disposition], error) {
	list := httpapi.List[Disposition]{Items: []Disposition{}}
	for code, name := range s.Ends {
		list.Items = append(list.Items, Disposition{code, name})
	}
	slices.SortFunc(list.Items, func(a, b Disposition) int { return cmp.Compare(a.Code, b.Code) })
	return list, nil
}
