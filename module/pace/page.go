package pace

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

const pageSize = 100

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// cursor is the place in a list after which a page begins: a moment in Unix
// milliseconds, and ids that tell apart what has the same.
type cursor struct {
	at  int64
	ids []string
}

func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Append(nil, c.at, " ", strings.Join(c.ids, " ")))
}

// readCursor reads a cursor of so many ids; an empty text is the beginning.
func readCursor(text string, ids int) (cursor, error) {
	if text == "" {
		return cursor{ids: make([]string, ids)}, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	words := strings.Split(string(plain), " ")
	if err != nil || len(words) != ids+1 || bytes.ContainsFunc(plain, unseen) {
		return cursor{}, fault.At("after", "request.bad_cursor")
	}
	at, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return cursor{}, fault.At("after", "request.bad_cursor")
	}
	return cursor{at, words[1:]}, nil
}

// unseen is in no id, and some engines refuse it.
func unseen(r rune) bool { return r < ' ' || r > '~' }

// batch is the fewest rows to read at once.
const batch = 500

// paged fills a page with what the caller may see; it reads on while whole batches
// are out of it, so that a page is short only at the end. place says where a row
// stands in the list and whether it is shown.
func paged[T any](ctx context.Context, db *sqldb.DB, limit int, from cursor, next func(tx *sqldb.Tx, from cursor, n int) ([]T, error),
	place func(*T) (cursor, bool)) (items []T, after string, err error) {
	items = []T{}
	_, err = sqldb.Read(ctx, db, func(tx *sqldb.Tx) (struct{}, error) {
		for {
			n := max(limit, batch)
			rows, err := next(tx, from, n)
			if err != nil {
				return struct{}{}, err
			}
			for i := range rows {
				var shown bool
				if from, shown = place(&rows[i]); !shown {
					continue
				}
				if items = append(items, rows[i]); len(items) == limit {
					after = from.String()
					return struct{}{}, nil
				}
			}
			if len(rows) < n {
				return struct{}{}, nil
			}
		}
	})
	return items, after, err
}
