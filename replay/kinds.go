package replay

import (
	"embed"
	"encoding/csv"
	"fmt"
	"strings"
	"time"
)

// Kinds maps a source's kinds of incident to ours. A key that ends in "*"
// stands for all kinds that begin with it; the longest fitting key wins.
type Kinds map[string]string

// otherKind, "other incidents", is for what a source's table does not name.
const otherKind = "12"

//go:embed kinds/*.csv
var kindTables embed.FS

// Of is our code for a source's kind.
func (k Kinds) Of(source string) string {
	if code, ok := k[source]; ok {
		return code
	}
	for end := len(source); end >= 0; end-- {
		if code, ok := k[source[:end]+"*"]; ok {
			return code
		}
	}
	return otherKind
}

func embeddedKinds(format string) Kinds {
	text, err := kindTables.ReadFile("kinds/" + format + ".csv")
	if err != nil {
		panic(err) // the file is part of the program
	}
	kinds, err := parseKinds(string(text))
	if err != nil {
		panic(err)
	}
	return kinds
}

// parseKinds reads a table with the columns source, kind, meaning.
func parseKinds(text string) (Kinds, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	kinds := Kinds{}
	for i, row := range rows[1:] {
		if _, again := kinds[row[0]]; again {
			return nil, fmt.Errorf("line %d: %q is there twice", i+2, row[0])
		}
		kinds[row[0]] = row[1]
	}
	return kinds, nil
}

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // time/tzdata is linked in
	}
	return zone
}
