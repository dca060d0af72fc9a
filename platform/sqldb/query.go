package sqldb

import (
	"fmt"
	"regexp"
	"strings"
)

// Query is one named SQL statement in the texts of both engines.
type Query struct {
	Name     string // "incident.Insert"
	postgres string
	sqlite   string
	mutates  bool // may write: not a plain SELECT
}

// Text is the statement as the engine gets it.
func (q *Query) Text(d Dialect) string {
	if d == Postgres {
		return q.postgres
	}
	return q.sqlite
}

// Call is a statement with its arguments.
type Call struct {
	query *Query
	args  []any
}

// With gives a statement its arguments.
func (q *Query) With(args ...any) Call { return Call{q, args} }

// Set is the statements of one room by name.
type Set map[string]*Query

// Load reads the sections "-- name: X" of a queries.sql file. A section
// "-- name: X @postgres" or "-- name: X @sqlite" gives one engine a text of its
// own, for the few things that have no common one. What several statements say
// alike, such as a row's columns, stands before them all as "-- part: row" and in
// them as {row}. Load panics on a malformed file: the file is embedded, so the
// first test finds it.
func Load(room, text string) Set {
	set := Set{}
	for _, part := range strings.Split("\n"+withParts(text), "\n-- name: ")[1:] {
		head, body, _ := strings.Cut(part, "\n")
		name, engine, _ := strings.Cut(strings.TrimSpace(head), " @")
		body = strings.TrimSpace(body)
		if name == "" || body == "" {
			panic(fmt.Sprintf("%s/queries.sql: empty section %q", room, head))
		}
		q := set[name]
		if q == nil {
			q = newQuery(room, name, body)
			set[name] = q
		}
		switch engine {
		case "":
		case "postgres":
			q.postgres = postgresList(body)
		case "sqlite":
			q.sqlite = placeholders(sqliteList(body))
		default:
			panic(fmt.Sprintf("%s/queries.sql: %s: no such engine %q", room, name, engine))
		}
	}
	return set
}

// withParts puts the parts at the head of a file where they are named.
func withParts(text string) string {
	head, _, _ := strings.Cut("\n"+text, "\n-- name: ")
	for _, part := range strings.Split(head, "\n-- part: ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		text = strings.ReplaceAll(text, "{"+strings.TrimSpace(name)+"}", strings.TrimSpace(body))
	}
	return text
}

var plainSelect = regexp.MustCompile(`(?i)^(?:\s|--[^\n]*\n)*SELECT\b`)

func newQuery(room, name, text string) *Query {
	return &Query{Name: room + "." + name, postgres: postgresList(text), sqlite: placeholders(sqliteList(text)), mutates: !plainSelect.MatchString(text)}
}

// Statement makes a query outside a queries.sql file, for texts composed at
// start (search forms): keep the value, statements are prepared per *Query.
func Statement(room, name, text string) *Query { return newQuery(room, name, text) }

// placeholders turns $N into ?N outside of string literals.
func placeholders(text string) string {
	var out strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\'' {
			quoted = !quoted
		}
		if c == '$' && !quoted && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' {
			c = '?'
		}
		out.WriteByte(c)
	}
	return out.String()
}
