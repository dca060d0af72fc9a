package sqldb

import (
	"fmt"
	"regexp"
	"strings"
)

// pragmas are the settings of a SQLite connection. Memory for savepoint
// journals and sorting stays in the process: a temporary file per caller of a
// batch would cost more than the write itself.
func pragmas(opts Options, readOnly bool) []string {
	list := []string{
		fmt.Sprintf("busy_timeout(%d)", opts.BusyWait.Milliseconds()),
		"journal_mode(wal)",
		fmt.Sprintf("synchronous(%s)", opts.Synchronous),
		"foreign_keys(on)",
		"temp_store(memory)",
		"case_sensitive_like(on)",
	}
	if readOnly {
		return append(list, "query_only(on)", "cache_size(-8192)")
	}
	return append(list, "cache_size(-32768)")
}

// ddlWords are the words of the schema language that differ: the files are
// PostgreSQL, this is what SQLite reads instead.
var ddlWords = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`(?i)\bBIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY\b`), "INTEGER PRIMARY KEY"},
	{regexp.MustCompile(`(?i)\bBIGINT\b`), "INTEGER"},
	{regexp.MustCompile(`(?i)\bBOOLEAN\b`), "INTEGER"},
	{regexp.MustCompile(`(?i)\bBYTEA\b`), "BLOB"},
	{regexp.MustCompile(`(?i)\bDOUBLE PRECISION\b`), "REAL"},
	{regexp.MustCompile(`(?i)\)(\s*);(\s*-- clustered)`), ") STRICT, WITHOUT ROWID;"},
}

var createTable = regexp.MustCompile(`(?is)(CREATE TABLE[^;]*\));`)

// sqliteDDL translates one schema file. Tables become STRICT, so that a wrong
// type is refused as PostgreSQL refuses it; a table marked "-- clustered" after
// its semicolon is stored in the order of its primary key.
func sqliteDDL(text string) string {
	for _, w := range ddlWords {
		text = w.from.ReplaceAllString(text, w.to)
	}
	return createTable.ReplaceAllStringFunc(text, func(s string) string {
		return strings.TrimSuffix(s, ";") + " STRICT;"
	})
}
