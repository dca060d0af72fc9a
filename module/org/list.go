package org

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sheet"
	"zhian/platform/sqldb"
)

// Listing asks for a page of the organisations that the caller may see.
type Listing struct {
	Text     string `query:"q" max:"100"` // part of the name, or the beginning of the code
	Kind     Kind   `query:"kind" enum:"bureau,county,station,branch,department,command_room,squad"`
	ParentID string `query:"parent_id" max:"64"` // directly below
	Under    string `query:"under" max:"64"`     // anywhere below
	Retired  bool   `query:"retired"`            // show those that have ended, too
	Sort     string `query:"sort" enum:"tree,name,code,changed"`
	Down     bool   `query:"down"` // from the last to the first
	After    string `query:"after" max:"500"`
	Limit    int    `query:"limit" min:"1" max:"5000"`
}

const usualPage = 1000

// order is what a list is sorted by; ties go by id, so that each organisation has
// one place and a page begins exactly behind the one before.
var order = map[string]func(Organisation) string{
	"tree":    func(o Organisation) string { return wide(int64(o.Sort)) + o.Code },
	"name":    func(o Organisation) string { return o.Name },
	"code":    func(o Organisation) string { return o.Code },
	"changed": func(o Organisation) string { return wide(o.ChangedAt.UnixMilli()) },
}

// wide is a number that sorts as a text does.
func wide(n int64) string {
	digits := strconv.FormatInt(n, 10)
	return strings.Repeat("0", max(0, 15-len(digits))) + digits
}

// List is a page of organisations, of a few thousand at most: they are read and
// sorted in memory. Total counts all pages.
func (s *Service) List(ctx context.Context, l Listing) (page httpapi.List[Organisation], err error) {
	by := order[cmp.Or(l.Sort, "tree")]
	from, err := l.cursor()
	if err != nil {
		return page, err
	}
	list, err := s.matching(ctx, l)
	if err != nil {
		return page, err
	}
	sign := 1
	if l.Down {
		sign = -1
	}
	compare := func(o Organisation, to [2]string) int {
		return sign * cmp.Or(strings.Compare(by(o), to[0]), strings.Compare(o.ID, to[1]))
	}
	slices.SortFunc(list, func(a, b Organisation) int { return compare(a, [2]string{by(b), b.ID}) })
	page.Total = len(list)
	if l.After != "" {
		start, _ := slices.BinarySearchFunc(list, from, compare)
		if start < len(list) && compare(list[start], from) == 0 {
			start++
		}
		list = list[start:]
	}
	limit := cmp.Or(l.Limit, usualPage)
	if len(list) > limit {
		last := list[limit-1]
		page.Next, list = cursorOf(by(last), last.ID), list[:limit]
	}
	page.Items = list
	return page, nil
}

func cursorOf(key, id string) string {
	text, _ := json.Marshal([2]string{key, id}) // two texts cannot fail
	return base64.RawURLEncoding.EncodeToString(text)
}

func (l Listing) cursor() (at [2]string, err error) {
	if l.After == "" {
		return at, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(l.After)
	if err != nil || json.Unmarshal(text, &at) != nil {
		return at, fault.At("after", "request.bad_cursor")
	}
	return at, nil
}

// matching is everything that a listing asks for, in the order of the tree.
func (s *Service) matching(ctx context.Context, l Listing) ([]Organisation, error) {
	list, err := s.Some(ctx, nil)
	if err != nil {
		return nil, err
	}
	scope := s.Gate.Scope(httpapi.Caller(ctx), permRead)
	tree := NewTree(list)
	return slices.DeleteFunc(list, func(o Organisation) bool {
		return !scope.Covers(o.ID) || !l.Retired && !o.Stands() || l.Kind != "" && o.Kind != l.Kind || l.ParentID != "" && o.ParentID != l.ParentID ||
			l.Under != "" && !tree.Below(o.ID, l.Under) || !strings.Contains(o.Name, l.Text) && !strings.HasPrefix(o.Code, l.Text)
	}), nil
}

// Past asks for a page of an organisation's history, newest first.
type Past struct {
	ID    string `path:"id"`
	After int64  `query:"after" min:"1"`
	Limit int    `query:"limit" min:"1" max:"500"`
}

const historyPage = 100

// History is every version that an organisation has had.
func (s *Service) History(ctx context.Context, p Past) (page httpapi.List[Edition], err error) {
	before := cmp.Or(p.After, int64(1)<<62)
	limit := cmp.Or(p.Limit, historyPage)
	page.Items, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Edition, error) {
		if _, err := s.visible(ctx, tx, p.ID); err != nil {
			return nil, err
		}
		return sqldb.List(tx, Queries["History"], scanEdition, p.ID, before, limit+1)
	})
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		page.Next = strconv.FormatInt(page.Items[limit-1].ChangedSeq, 10)
	}
	return page, err
}

// columns are those of a file of organisations, in both directions.
var columns = []string{"code", "name", "kind", "parent_code", "sort"}

// Export is the standing organisations that a listing asks for as a file that can
// be imported again and then changes nothing.
func (s *Service) Export(ctx context.Context, l Listing) (httpapi.File, error) {
	l.Retired = false
	list, err := s.matching(ctx, l)
	if err != nil {
		return httpapi.File{}, err
	}
	all, err := s.Some(ctx, nil)
	if err != nil {
		return httpapi.File{}, err
	}
	tree := NewTree(all)
	return httpapi.File{Name: "organisations-" + s.Now().UTC().Format(time.DateOnly) + ".csv", Type: sheet.ContentType, Write: func(w io.Writer) error {
		out, err := sheet.NewWriter(w, columns...)
		if err != nil {
			return err
		}
		for _, o := range list {
			parent, _ := tree.Find(o.ParentID)
			if err := out.Row(o.Code, o.Name, string(o.Kind), parent.Code, strconv.Itoa(o.Sort)); err != nil {
				return err
			}
		}
		return out.End()
	}}, nil
}
