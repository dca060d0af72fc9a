package pace

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"zhian/platform/httpapi"
	"zhian/platform/sheet"
)

// words are the titles of a workbook in one language, by their keys
// (data/titles.csv).
type words map[string]string

func wordsOf(language string) (words, error) {
	w := words{}
	err := eachRow("data/titles.csv", func(r map[string]string) error {
		w[r["key"]] = r[language]
		return nil
	})
	return w, err
}

// of is a word, and the key itself where there is none: nothing goes unsaid.
func (w words) of(key string) string { return cmp.Or(w[key], key) }

// InWords asks for a report in the language of who will read it.
type InWords struct {
	Question
	Language string `query:"language" enum:"zh-CN,en"`
}

// ReportBook is the report as a workbook for people: the columns of the CSV file
// under a header that says of what, when, by which definitions, by whom; the
// definitions on a sheet of their own.
func (s *Service) ReportBook(ctx context.Context, q InWords) (httpapi.File, error) {
	report, err := s.Report(ctx, q.Question)
	if err != nil {
		return httpapi.File{}, err
	}
	w, err := wordsOf(cmp.Or(q.Language, "zh-CN"))
	if err != nil {
		return httpapi.File{}, err
	}
	b := book{s: s, w: w, report: report, zone: s.Zone}
	figures, err := b.figures(ctx, q.Selection)
	if err != nil {
		return httpapi.File{}, err
	}
	name := fmt.Sprintf("pace-%s-%s.xlsx", report.By, report.From.In(s.Zone).Format("20060102"))
	return httpapi.File{Name: name, Type: sheet.BookType, Write: func(out io.Writer) error {
		return sheet.WriteBook(out, figures, b.definitions())
	}}, nil
}

type book struct {
	s      *Service
	w      words
	report Report
	zone   *time.Location
}

const asMinute = "2006-01-02 15:04"

func (b book) moment(t time.Time, otherwise string) string {
	if t.IsZero() {
		return otherwise
	}
	return t.In(b.zone).Format(asMinute)
}

func (b book) figures(ctx context.Context, of Selection) (sheet.Table, error) {
	header := []string{b.w.of("by." + string(b.report.By)), b.w.of("clock")}
	for _, c := range columns[2:] {
		header = append(header, b.w.of("column."+c.name))
	}
	rows := b.report.cells(nil)
	groups := make([]string, len(rows))
	for i, r := range rows {
		groups[i] = r[0].(string)
	}
	names, err := b.names(ctx, b.report.By, groups)
	if err != nil {
		return sheet.Table{}, err
	}
	for i, r := range rows {
		r[0], r[1] = names(groups[i]), b.w.of("clock."+r[1].(string))
	}
	notes, err := b.notes(ctx, of)
	return sheet.Table{Name: b.w.of("report"), Title: b.w.of("report") + " · " + b.w.of("by."+string(b.report.By)), Notes: notes, Header: header, Rows: rows}, err
}

// names is how people call the groups of a report.
func (b book) names(ctx context.Context, by Group, groups []string) (func(string) string, error) {
	var known map[string]string
	var err error
	switch ids := slices.Clone(groups); by {
	case ByStation:
		known, err = b.s.Directory.Orgs(ctx, ids)
	case ByCallTaker:
		known, err = b.s.Directory.Users(ctx, ids)
	}
	return func(group string) string {
		switch by {
		case ByNone:
			return b.w.of("by.none")
		case ByKind:
			return cmp.Or(b.s.Kinds[group].Name, group)
		case ByArea:
			return b.w.of("area." + group)
		case ByHour:
			return group + ":00"
		}
		return cmp.Or(known[group], group)
	}, err
}

func (b book) notes(ctx context.Context, of Selection) ([][2]string, error) {
	centre, err := b.s.Directory.Centre(ctx)
	if err != nil {
		return nil, err
	}
	who := httpapi.Caller(ctx).UserID
	makers, err := b.s.Directory.Users(ctx, []string{who})
	if err != nil {
		return nil, err
	}
	only, err := b.only(ctx, of)
	if err != nil {
		return nil, err
	}
	notes := [][2]string{
		{b.w.of("note.centre"), centre},
		{b.w.of("note.period"), b.moment(b.report.From, "") + " – " + b.moment(b.report.To, "")},
		{b.w.of("note.known_at"), b.moment(b.report.KnownAt, "")},
		{b.w.of("note.versions"), b.versions()},
		{b.w.of("note.made"), b.moment(b.s.now(), "") + " · " + cmp.Or(makers[who], who)},
		{"", b.w.of("note.few")},
	}
	if only != "" {
		notes = slices.Insert(notes, 2, [2]string{b.w.of("note.selection"), only})
	}
	return notes, nil
}

// only says what a report leaves out, in words.
func (b book) only(ctx context.Context, of Selection) (string, error) {
	var list []string
	for by, id := range map[Group]string{ByStation: of.StationID, ByCallTaker: of.CallTaker, ByKind: of.KindCode, ByArea: of.AreaClass, ByHour: hourText(of.Hour)} {
		if id == "" {
			continue
		}
		name, err := b.names(ctx, by, []string{id})
		if err != nil {
			return "", err
		}
		list = append(list, b.w.of("by."+string(by))+" "+name(id))
	}
	slices.Sort(list)
	return strings.Join(list, " · "), nil
}

func hourText(hour *int) string {
	if hour == nil {
		return ""
	}
	return fmt.Sprint(*hour)
}

// versions are those that judged, with the day each began.
func (b book) versions() string {
	list := make([]string, len(b.report.Definitions))
	for i, d := range b.report.Definitions {
		list[i] = fmt.Sprintf("%s v%d (%s)", b.w.of("clock."+string(d.Clock)), d.Version, b.moment(d.From, b.w.of("since_ever")))
	}
	return strings.Join(list, " · ")
}

func (b book) definitions() sheet.Table {
	t := sheet.Table{Name: b.w.of("definitions"), Title: b.w.of("definitions"),
		Header: []string{b.w.of("clock"), b.w.of("version"), b.w.of("from"), b.w.of("until"), b.w.of("by.area"), b.w.of("target"), b.w.of("reason")}}
	for _, d := range b.report.Definitions {
		for _, class := range areaClasses {
			if target, set := d.Targets[class]; set {
				t.Rows = append(t.Rows, []any{b.w.of("clock." + string(d.Clock)), d.Version, b.moment(d.From, b.w.of("since_ever")), b.moment(d.Until, "–"),
					b.w.of("area." + class), target, d.Reason})
			}
		}
	}
	return t
}
