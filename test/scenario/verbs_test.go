package scenario

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"zhian/platform/ledger"
	"zhian/platform/sqldb"
)

// verb is a statement that is no request.
type verb struct {
	form *regexp.Regexp
	do   func(st *stage, m []string)
}

var verbs = []verb{
	{regexp.MustCompile(`^wait (\S+)$`), (*stage).wait},
	{regexp.MustCompile(`^until (\d\d:\d\d(?::\d\d)?)$`), (*stage).until},
	{regexp.MustCompile(`^midnight$`), func(st *stage, _ []string) { st.until([]string{"", "00:00:00"}) }},
	{regexp.MustCompile(`^stop and start the house$`), func(st *stage, _ []string) { st.Restart() }},
	{regexp.MustCompile(`^(\w+) is (\w+) at (\w+)$`), (*stage).join},
	{regexp.MustCompile(`^(?:handset|console) (\w+) is on$`), (*stage).turnOn},
	{regexp.MustCompile(`^(?:handset|console) (\w+) is off$`), (*stage).turnOff},
	{regexp.MustCompile(`^(?:handset|console) (\w+) is cut off$`), (*stage).cutOff},
	{regexp.MustCompile(`(?s)^(?:handset (\w+) gets|console (\w+) sees) nothing$`), (*stage).hearsNothing},
	{regexp.MustCompile(`(?s)^(?:handset (\w+) gets|console (\w+) sees) nothing of (.+)$`), (*stage).hearsNothingOf},
	{regexp.MustCompile(`(?s)^(?:handset (\w+) gets|console (\w+) sees) (.+?)(?:\s+as\s+(\w+))?$`), (*stage).hears},
	{regexp.MustCompile(`^(\d+) cars at (\w+) as (\w+)$`), (*stage).cars},
	{regexp.MustCompile(`^ledger holds$`), (*stage).ledgerHolds},
	{regexp.MustCompile(`(?s)^doctor finds (.+)$`), (*stage).doctor},
	{regexp.MustCompile(`^doctor mends$`), func(st *stage, _ []string) { st.examine(true) }},
	{regexp.MustCompile(`(?s)^somebody writes to the database: (.+)$`), (*stage).tamper},
}

func (st *stage) wait(m []string) {
	st.Helper()
	st.Advance(st.duration(m[1]))
}

// until waits for the next time that a clock on the wall shows it.
func (st *stage) until(m []string) {
	st.Helper()
	at := st.moment("@" + m[1])
	for !at.After(st.Now()) {
		at = at.Add(24 * time.Hour)
	}
	st.Advance(at.Sub(st.Now()))
}

func (st *stage) join(m []string) {
	st.Helper()
	st.Present("system")
	st.Present("security")
	st.known[m[1]] = st.Staff(m[1], m[2], fmt.Sprint(st.value(m[3])))
}

// cars puts units on duty, each with a made-up crew of one. They come all at
// once: what follows from it happens at the end.
func (st *stage) cars(m []string) {
	st.Helper()
	n, _ := strconv.Atoi(m[1])
	station := fmt.Sprint(st.value(m[2]))
	ids := make([]any, n)
	st.Present("system")
	st.Present("chief")
	for i := range ids {
		car := st.rush("system", 201, "/v1/units", fmt.Sprintf(`{"call_sign":"%s-%03d","kind":"car","org_id":%q}`, m[3], i+1, station))
		ids[i] = car["id"]
		st.rush("chief", 200, fmt.Sprintf("/v1/units/%v/duty", ids[i]), fmt.Sprintf(`{"user_id":"crew of %v"}`, ids[i]))
	}
	st.known[m[3]] = ids
	st.Settle()
}

func (st *stage) rush(who string, status int, path, body string) map[string]any {
	st.Helper()
	a := st.Rush(who, "POST", path, body)
	v, err := a.JSON()
	object, ok := v.(map[string]any)
	if a.Status != status || err != nil || !ok {
		st.wrong("%d %s", a.Status, a.Body)
	}
	return object
}

// ledgerHolds gives the exported bundle to a stranger with the public keys.
func (st *stage) ledgerHolds([]string) {
	st.Helper()
	report, err := ledger.Verify(st.Bundle(), ledger.Trust{Keys: st.Ledger.PublicKeys()})
	if err != nil || !report.OK() {
		st.wrong("the bundle does not verify: %+v, %v", report, err)
	}
}

func (st *stage) examine(mend bool) any {
	st.Helper()
	health, err := st.Examine(st.Context(), mend)
	if err != nil {
		st.wrong("the doctor: %v", err)
	}
	var v any
	if err := json.Unmarshal([]byte(mustJSON(health)), &v); err != nil {
		st.wrong("%v", err)
	}
	return v
}

func (st *stage) doctor(m []string) {
	st.Helper()
	if m[1] == "nothing" {
		m[1] = `{"ledger":{"problems":[]},"differing":null}`
	}
	st.match(m[1], st.examine(false))
}

// tamper changes a row behind the house's back, as one with the database's
// password could.
func (st *stage) tamper(m []string) {
	st.Helper()
	q := sqldb.Statement("story", "Tamper", st.text(m[1], raw))
	err := st.DB.Do(st.Context(), func(tx *sqldb.Tx) error {
		n, err := tx.Exec(q)
		if err == nil && n == 0 {
			st.wrong("no row was changed")
		}
		return err
	})
	if err != nil {
		st.wrong("%v", err)
	}
}
