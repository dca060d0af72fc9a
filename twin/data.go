package twin

import (
	"embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

//go:embed data/*.csv
var files embed.FS

// tables are the data files of this package, read once per city.
type tables struct {
	texts      map[string]string
	kinds      []kindRate
	narratives map[string][]string
	outcomes   []outcome
}

// kindRate is how often a kind of incident is reported.
type kindRate struct {
	kind     string
	perDay   float64     // in a week of average days
	hours    [24]float64 // share of the day's calls, sums to 1
	weekend  float64     // factor on Saturday and Sunday
	scene    float64     // median minutes on scene
	priority int
}

// outcome is how a duty ends.
type outcome struct {
	disposition string
	weight      float64
	text        string
}

// record is a row by column name.
type record map[string]string

// number reads a cell; the files are part of the program, so a bad one is a bug.
func (r record) number(column string) float64 {
	value, err := strconv.ParseFloat(r[column], 64)
	if err != nil {
		panic(fmt.Sprintf("twin: column %s: %v", column, err))
	}
	return value
}

func readFile(name string) []record {
	text, err := files.ReadFile("data/" + name + ".csv")
	if err != nil {
		panic(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("twin: %s: %v", name, err))
	}
	records := make([]record, 0, len(rows))
	for _, row := range rows[1:] {
		r := record{}
		for i, column := range rows[0] {
			r[column] = row[i]
		}
		records = append(records, r)
	}
	return records
}

func readTables() tables {
	t := tables{texts: map[string]string{}, narratives: map[string][]string{}}
	for _, r := range readFile("texts") {
		t.texts[r["key"]] = r["text"]
	}
	for _, r := range readFile("narratives") {
		t.narratives[r["kind"]] = append(t.narratives[r["kind"]], r["text"])
	}
	for _, r := range readFile("feedback") {
		t.outcomes = append(t.outcomes, outcome{r["disposition"], r.number("weight"), r["text"]})
	}
	hours := map[string][24]float64{}
	for _, r := range readFile("hours") {
		hours[r["hours"]] = dayShares(r)
	}
	for _, r := range readFile("kinds") {
		t.kinds = append(t.kinds, kindRate{r["kind"], r.number("per_day"), hours[r["hours"]], r.number("weekend"),
			r.number("scene_minutes"), int(r.number("priority"))})
	}
	return t
}

func dayShares(r record) (shares [24]float64) {
	sum := 0.0
	for h := range shares {
		shares[h] = r.number("h" + strconv.Itoa(h))
		sum += shares[h]
	}
	for h := range shares {
		shares[h] /= sum
	}
	return shares
}
