package identity

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Listing asks for a page of the accounts in the caller's scope.
type Listing struct {
	Text  string `query:"q" max:"60"` // part of the name, or of the log-in name
	State string `query:"state" enum:"invited,active,disabled"`
	Kind  string `query:"kind" enum:"user,service"`
	OrgID string `query:"org_id" max:"64"`
	Sort  string `query:"sort" enum:"login,name,last_login"`
	Down  bool   `query:"down"` // from the last to the first
	After string `query:"after" max:"500"`
	Limit int    `query:"limit" min:"1" max:"500"`
}

const usualPage = 100

// sorting is how a list can be sorted: by a column, ties by id. The key of a row
// is a text, since that is what a cursor holds.
type sorting struct {
	column string
	key    func(Account) any
}

var sortings = map[string]sorting{
	"login":      {"login", func(a Account) any { return a.Login }},
	"name":       {"display_name", func(a Account) any { return a.DisplayName }},
	"last_login": {"last_login_at", func(a Account) any { return sqldb.Millis(a.LastLoginAt) }},
}

// narrow and wide are the two ways to an account list (httpapi.Scope).
const (
	wide   = "wide"
	narrow = "narrow"
)

// listings composes the statements of every sorting, direction and width of
// scope: the values of a request are arguments, never text.
func listings() sqldb.Set {
	set := sqldb.Set{}
	for name, by := range sortings {
		for _, down := range []bool{false, true} {
			than, order := ">", "ASC"
			if down {
				than, order = "<", "DESC"
			}
			for width, within := range map[string]string{wide: "$7 = $7", narrow: "org_id IN LIST($7)"} {
				set[listing(name, down, width)] = sqldb.Statement("identity", listing(name, down, width), accountColumns+`
WHERE ($1 = '' OR state = $1) AND ($2 = '' OR kind = $2) AND ($3 = '' OR org_id = $3)
  AND (lower(login) LIKE $4 ESCAPE '\' OR lower(display_name) LIKE $4 ESCAPE '\')
  AND (`+by.column+`, id) `+than+` ($5, $6) AND `+within+`
ORDER BY `+by.column+` `+order+`, id `+order+` LIMIT $8`)
			}
		}
	}
	return set
}

func listing(sort string, down bool, width string) string {
	if down {
		sort += "Down"
	}
	return "Accounts " + sort + " " + width
}

const accountColumns = `SELECT id, login, display_name, org_id, kind, state, hash, failures, locked_until, created_at, created_by, password_at, last_login_at, state_reason, version
FROM identity_account`

// Accounts lists those in the caller's scope.
func (s *Service) Accounts(ctx context.Context, l Listing) (page httpapi.List[Account], err error) {
	l.Sort, l.Limit = cmp.Or(l.Sort, "login"), cmp.Or(l.Limit, usualPage)
	page.Items = []Account{}
	scope := s.Gate.Scope(httpapi.Caller(ctx), permRead)
	if scope.None() {
		return page, nil
	}
	at, err := l.cursor()
	if err != nil {
		return page, err
	}
	page.Items, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Account, error) { return s.gather(tx, l, scope, at) })
	if len(page.Items) > l.Limit {
		page.Items = page.Items[:l.Limit]
		last := page.Items[l.Limit-1]
		text, _ := json.Marshal([2]any{sortings[l.Sort].key(last), last.ID}) // a text and a number cannot fail
		page.Next = base64.RawURLEncoding.EncodeToString(text)
	}
	return page, err
}

// gather reads one more account than a page holds. In a wide scope rows are
// looked at one by one, a page at a time until there are enough.
func (s *Service) gather(tx *sqldb.Tx, l Listing, scope httpapi.Scope, at [2]any) (found []Account, err error) {
	width := narrow
	if scope.Wide || scope.All {
		width = wide
	}
	query := Queries[listing(l.Sort, l.Down, width)]
	for {
		batch, err := sqldb.List(tx, query, scanAccount, l.State, l.Kind, l.OrgID, l.pattern(), at[0], at[1], sqldb.Texts(scope.Orgs), l.Limit+1)
		if err != nil {
			return nil, err
		}
		for _, a := range batch {
			if scope.Covers(a.OrgID) {
				found = append(found, a)
			}
			at = [2]any{sortings[l.Sort].key(a), a.ID}
		}
		if len(found) > l.Limit || len(batch) <= l.Limit {
			return found, nil
		}
	}
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func (l Listing) pattern() string { return "%" + likeEscape.Replace(strings.ToLower(l.Text)) + "%" }

// endless sorts behind every text.
const endless = "\U0010ffff"

// cursor is where a page begins: behind the last row of the one before, or at the
// very beginning.
func (l Listing) cursor() (at [2]any, err error) {
	text := sortings[l.Sort].column != "last_login_at"
	if l.After == "" {
		switch {
		case l.Down && text:
			return [2]any{endless, endless}, nil
		case l.Down:
			return [2]any{int64(1) << 62, endless}, nil
		case text:
			return [2]any{"", ""}, nil
		}
		return [2]any{int64(-1), ""}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(l.After)
	if err == nil && text {
		var key [2]string
		err = json.Unmarshal(raw, &key)
		return [2]any{key[0], key[1]}, badCursor(err)
	}
	if err == nil {
		var n int64
		var id string
		err = json.Unmarshal(raw, &[2]any{&n, &id})
		return [2]any{n, id}, badCursor(err)
	}
	return at, badCursor(err)
}

func badCursor(err error) error {
	if err == nil {
		return nil
	}
	return fault.At("after", "request.bad_cursor")
}
