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
	Code     string `json:"code"`
	Name     string `json:"name"`
	Priority int    `json:"priority"` // 1 highest … 4, unless the call-taker says otherwise
	Serious  bool   `json:"serious"`  // raises the risk level by itself
	Bucket   string `json:"bucket"`   // what it is counted under in reports
}

// ListKinds is the category table, by code.
func (s *Service) ListKinds(context.Context, httpapi.Nothing) (httpapi.List[IncidentKind], error) {
	list := httpapi.List[IncidentKind]{Items: []IncidentKind{}}
	for code, k := range s.Kinds {
		list.Items = append(list.Items, IncidentKind{code, k.Name, k.Priority, k.Serious, k.Bucket})
	}
	slices.SortFunc(list.Items, func(a, b IncidentKind) int {
		return cmp.Or(cmp.Compare(rankOfCode(a.Code), rankOfCode(b.Code)), cmp.Compare(a.Code, b.Code))
	})
	return list, nil
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
