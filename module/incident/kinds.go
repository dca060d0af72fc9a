package incident

import (
	"embed"
	"encoding/csv"
	"fmt"
	"strconv"
)

// KindOf is what the house knows of one code of the category tree. The tree is
// versioned data, never a list in code: centres change theirs every few years.
type KindOf struct {
	Name     string
	Priority int  // 1 highest … 4, unless the call-taker says otherwise
	Serious  bool // raises the risk level by itself
	Bucket   string
}

// Kinds is the category table in force, by code.
type Kinds map[string]KindOf

//go:embed data/*.csv
var tables embed.FS

// DefaultKinds is the table that a centre begins with (data/SOURCES.md).
func DefaultKinds() (Kinds, error) {
	kinds := Kinds{}
	err := eachRow("data/kinds.csv", func(r []string) error {
		priority, err := strconv.Atoi(r[2])
		kinds[r[0]] = KindOf{Name: r[1], Priority: priority, Serious: r[3] == "true", Bucket: r[4]}
		return err
	})
	return kinds, err
}

// Dispositions are the ways in which an incident ends, by code: their names.
type Dispositions map[string]string

// DefaultDispositions is the table that a centre begins with.
func DefaultDispositions() (Dispositions, error) {
	ways := Dispositions{}
	err := eachRow("data/dispositions.csv", func(r []string) error {
		ways[r[0]] = r[1]
		return nil
	})
	return ways, err
}

// DefaultWords are the words of risk that a centre begins with.
func DefaultWords() (Words, error) {
	words := Words{}
	err := eachRow("data/words.csv", func(r []string) error {
		words[r[0]] = append(words[r[0]], r[1])
		return nil
	})
	return words, err
}

func eachRow(name string, row func([]string) error) error {
	f, err := tables.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	for i, r := range rows[1:] {
		if err := row(r); err != nil {
			return fmt.Errorf("%s, row %d: %w", name, i+2, err)
		}
	}
	return nil
}
