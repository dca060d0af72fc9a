package guard

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	comment  = regexp.MustCompile(`(?m)--.*$`)
	literal  = regexp.MustCompile(`'(?:[^']|'')*'`)
	heading  = regexp.MustCompile(`(?m)^-- name: (.*)$`)
	tables   = regexp.MustCompile(`(?i)\b(?:from|join|into|update)\s+([a-z][a-z0-9_]*_[a-z0-9_]+)`)
	argument = regexp.MustCompile(`\$(\d+)`)
	banned   = regexp.MustCompile(`(?i)\b(now\(|any\s*\(|ilike\b|generate_series|greatest\s*\(|json_each|for\s+update|skip\s+locked|percentile_cont|current_timestamp)`)
)

// statement is one query without comments and literals; one engine's own text
// may use what the other lacks.
type statement struct{ name, engine, text string }

func statements(text string) (all []statement) {
	names := heading.FindAllStringSubmatch(text, -1)
	for i, part := range heading.Split(text, -1)[1:] {
		name, engine, _ := strings.Cut(strings.TrimSpace(names[i][1]), " @")
		all = append(all, statement{name, engine, literal.ReplaceAllString(comment.ReplaceAllString(part, ""), "''")})
	}
	return all
}

func TestTablesHaveOneOwner(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for p, text := range files(t, tree, "queries.sql") {
			if top(p) != "module" {
				continue
			}
			own := strings.Split(p, "/")[1]
			for _, m := range tables.FindAllStringSubmatch(comment.ReplaceAllString(text, ""), -1) {
				owner, _, _ := strings.Cut(m[1], "_")
				if levels[owner] > 0 && owner != own && !strings.HasPrefix(m[1], owner+"_v_") {
					bad = append(bad, fmt.Sprintf("%s names %s", p, m[1]))
				}
			}
		}
		return bad
	}, map[string]string{"module/pace/queries.sql": "-- name: A\nSELECT * FROM incident_entry"})
}

func TestPlaceholdersInOrder(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for p, text := range files(t, tree, "queries.sql") {
			for _, q := range statements(text) {
				next := 1
				for _, m := range argument.FindAllStringSubmatch(q.text, -1) {
					n, _ := strconv.Atoi(m[1])
					if n > next {
						bad = append(bad, fmt.Sprintf("%s: %s: $%d comes before $%d", p, q.name, n, next))
					}
					if n == next {
						next++
					}
				}
			}
		}
		return bad
	}, map[string]string{"module/pace/queries.sql": "-- name: A\nSELECT $2, $1"})
}

func TestCommonSQLOnly(t *testing.T) {
	keeps(t, func(t *testing.T, tree fs.FS) (bad []string) {
		for p, text := range files(t, tree, "queries.sql") {
			for _, q := range statements(text) {
				if word := banned.FindString(q.text); word != "" && q.engine == "" {
					bad = append(bad, fmt.Sprintf("%s: %s uses %s", p, q.name, word))
				}
			}
		}
		return bad
	}, map[string]string{"module/pace/queries.sql": "-- name: A\nSELECT now()"})
}
