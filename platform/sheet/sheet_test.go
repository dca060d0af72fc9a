package sheet

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"zhian/platform/fault"
)

var form = Form{Columns: []string{"code", "name"}, Required: []string{"code"}, Titles: map[string]string{"name": "名称"}}

// cells shows rows as "line code|name key".
func cells(rows []Row) (out string) {
	for _, r := range rows {
		key := ""
		if r.Err != nil {
			key = " " + fault.KeyOf(r.Err)
		}
		out += fmt.Sprintf("%d %s|%s%s\n", r.Line, r.Cells["code"], r.Cells["name"], key)
	}
	return out
}

const plain = "\ufeffcode,other,名称\n1,x, 东城派出所 \n2,x,\"a\nb\"\n3,x\n4,x,y,z\n5,\"x\"y,z\n6,x,'=1\n\n7,x,'s\n"

const read = "2 1|东城派出所\n3 2|a\nb\n5 3| sheet.row_of_another_width\n6 4|y sheet.row_of_another_width\n7 | sheet.row_malformed\n8 6|=1\n10 7|'s\n"

func TestReadsWhatSpreadsheetsWrite(t *testing.T) {
	bare := strings.TrimPrefix(plain, "\ufeff")
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(bare)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"marked": plain, "bare": bare, "GB18030": gb,
		"tabs": strings.ReplaceAll(bare, ",", "\t"), "semicolons": strings.ReplaceAll(bare, ",", ";"),
		"carriage returns": strings.ReplaceAll(bare, "\n", "\r\n")} {
		rows, err := Read([]byte(content), form)
		if err != nil || cells(rows) != read {
			t.Errorf("%s: %v\n%s", name, err, cells(rows))
		}
		for _, r := range rows {
			if _, there := r.Cells["other"]; there {
				t.Errorf("%s: a column that nobody asked for was read", name)
			}
		}
	}
}

func TestFilesThatAreNone(t *testing.T) {
	for content, want := range map[string]string{
		"":                      "sheet.no_header",
		"\xff\xfec\x00":         "sheet.encoding",
		"code\n\x81":            "sheet.encoding",
		"name\n1\n":             "sheet.column_missing",
		"code,名称,name\n1,a,b\n": "sheet.column_twice",
		"code\n" + strings.Repeat("1\n", MaxRows+1): "sheet.too_many_rows",
	} {
		if rows, err := Read([]byte(content), form); rows != nil || fault.KeyOf(err) != want || !fault.Is(err, fault.Invalid) || fault.Of(err).Path != "/content" {
			t.Errorf("%.20q: %v", content, err)
		}
	}
	if rows, err := Read([]byte("code\n"+strings.Repeat("1\n", MaxRows)), form); err != nil || len(rows) != MaxRows {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// What was written is read back as it was, and no cell begins a formula.
func TestWrittenIsReadBack(t *testing.T) {
	cell := rapid.OneOf(rapid.StringMatching(`['=+@-]{0,3}[a-z\x{4e00}-\x{4e20},;"' ]{0,8}`), rapid.StringMatching(`[0-9]{0,12}`)).Filter(func(s string) bool { return strings.TrimSpace(s) == s })
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		w, err := NewWriter(&out, "code", "name")
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			code, name := "c"+cell.Draw(t, "code"), cell.Draw(t, "name")
			want = append(want, code, name)
			if err := w.Row(code, name); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
		rows, err := Read(out.Bytes(), form)
		if err != nil || 2*len(rows) != len(want) {
			t.Fatalf("%v\n%s", err, out.String())
		}
		for i, r := range rows {
			if r.Err != nil || r.Cells["code"] != want[2*i] || r.Cells["name"] != want[2*i+1] {
				t.Errorf("%q, want %q", r.Cells, want[2*i:2*i+2])
			}
		}
		for _, line := range strings.FieldsFunc(strings.TrimPrefix(out.String(), mark), func(r rune) bool { return r == '\n' || r == ',' }) {
			if first := strings.TrimPrefix(line, `"`); first != "" && strings.ContainsRune("=+-@", rune(first[0])) && !strings.ContainsAny(out.String(), `"`) {
				t.Errorf("a cell begins a formula: %q", line)
			}
		}
	})
}

func TestLegible(t *testing.T) {
	for given, want := range map[string]string{"东城\u202e\x00\n1": "东城1", "\xffa": "a", strings.Repeat("长", MaxCell+1): strings.Repeat("长", MaxCell)} {
		if got := Legible(given); got != want {
			t.Errorf("%q: %q", given, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(plain))
	f.Add([]byte("code;name\n1;\xc4\xfe\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := Read(content, form)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
		for _, r := range rows {
			for column, cell := range r.Cells {
				if !utf8.ValidString(cell) || column != "code" && column != "name" {
					t.Errorf("%q: %q", column, cell)
				}
			}
			if r.Err != nil && !fault.Is(r.Err, fault.Invalid) {
				t.Error(r.Err)
			}
		}
	})
}
