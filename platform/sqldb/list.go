package sqldb

import (
	"encoding/json"
	"regexp"
)

// A list of texts is one argument: "org_id IN LIST($3)" with Texts(ids). The two
// engines unfold it in different words, and both use an index with it.
var inList = regexp.MustCompile(`(?i)\bIN LIST\((\$\d+)\)`)

func postgresList(text string) string {
	return inList.ReplaceAllString(text, `= ANY (ARRAY(SELECT json_array_elements_text(CAST(CAST($1 AS text) AS json))))`)
}

func sqliteList(text string) string {
	return inList.ReplaceAllString(text, `IN (SELECT value FROM json_each($1))`)
}

// Texts is the argument of IN LIST. Texts that are no UTF-8 are in no row either.
func Texts(list []string) string {
	text, err := json.Marshal(list)
	if err != nil || len(list) == 0 {
		return "[]"
	}
	return string(text)
}
