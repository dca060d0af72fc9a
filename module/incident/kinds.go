package incident

import (
	"cmp"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
)

// KindOf is what the house knows of one code of the category tree. The tree is
// versioned data, never a list in code: centres change theirs every few years.
type KindOf struct {
	Name      string
	English   string // its name where the Chinese one is not understood
	Letters   string // by which a keyboard finds it
	Priority  int    // 1 highest … 4, unless the call-taker says otherwise
	Serious   bool   // raises the risk level by itself
	Bucket    string
	CountsAs  string   // the code under which it is counted: it is kept as received, and nobody chooses it
	Words     []string // by which a line that is typed is read as this kind
	Version   string   // of the questions
	Questions []Question
}

// Question is what a call-taker asks about a kind. The answer goes into the
// narrative as a line behind the label; of a question of yes or no, Yes or No is
// that line. Labels and lines are in the language of the records.
type Question struct {
	ID         string `json:"id"`
	Answer     string `json:"answer"` // yes_no, number or text
	Ask        string `json:"ask"`
	AskEnglish string `json:"ask_en"`
	Label      string `json:"label"`
	Yes        string `json:"yes,omitempty"`
	No         string `json:"no,omitempty"`
}

// Kinds is the category table in force, by code.
type Kinds map[string]KindOf

//go:embed data/*.csv
var tables embed.FS

// DefaultKinds is the table that a centre begins with (data/SOURCES.md).
func DefaultKinds() (Kinds, error) {
	kinds := Kinds{}
	err := eachRow("data/kinds.csv", func(r []string) error {
		priority, err := strconv.Atoi(r[4])
		kinds[r[0]] = KindOf{Name: r[1], English: r[2], Letters: r[3], Priority: priority, Serious: r[5] == "true", Bucket: r[6], CountsAs: r[7]}
		return err
	})
	return kinds, errors.Join(err, kinds.readWords(), kinds.readQuestions(), kinds.checkCounted())
}

// checkCounted refuses a kind that counts as one that there is not, or that does
// not count as itself.
func (k Kinds) checkCounted() error {
	for code, kind := range k {
		if as, known := k[kind.CountsAs]; kind.CountsAs != "" && (!known || as.CountsAs != "") {
			return fmt.Errorf("kind %s cannot count as %s", code, kind.CountsAs)
		}
	}
	return nil
}

// Counted is the code under which a kind is counted.
func (k Kinds) Counted(code string) string { return cmp.Or(k[code].CountsAs, code) }

func (k Kinds) readWords() error {
	return eachRow("data/kind_words.csv", func(r []string) error {
		kind := k[r[0]]
		kind.Words = append(kind.Words, r[1])
		return k.put(r[0], kind)
	})
}

func (k Kinds) readQuestions() error {
	return eachRow("data/questions.csv", func(r []string) error {
		kind := k[r[0]]
		if kind.Version != "" && kind.Version != r[1] {
			return fmt.Errorf("kind %s has questions of two versions", r[0])
		}
		kind.Version = r[1]
		kind.Questions = append(kind.Questions, Question{ID: r[2], Answer: r[3], Ask: r[4], AskEnglish: r[5], Label: r[6], Yes: r[7], No: r[8]})
		return k.put(r[0], kind)
	})
}

// put refuses what belongs to a kind that the table does not have.
func (k Kinds) put(code string, kind KindOf) error {
	if kind.Name == "" {
		return fmt.Errorf("there is no kind %s", code)
	}
	k[code] = kind
	return nil
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
