package crash

import (
	"errors"
	"strings"
	"testing"

	"zhian/platform/sqldb"
)

// The check finds what each kind of harm leaves: a check that cannot fail proves
// nothing.
func TestCheckSeesEveryKindOfHarm(t *testing.T) {
	for _, harm := range []struct{ name, sql, says string }{
		{"no harm", "DELETE FROM bus_failure", ""},
		{"an incident is gone", "DELETE FROM incident_incident WHERE id = (SELECT min(id) FROM incident_incident)", "an entry without its incident"},
		{"its last step is gone", "UPDATE incident_incident SET version = version - 1 WHERE id = (SELECT min(id) FROM incident_incident)", "is lost"},
		{"an entry is gone", "DELETE FROM incident_entry WHERE seq = 2 AND incident_id = (SELECT min(id) FROM incident_incident)", "without exactly its entries"},
		{"a leaf is gone", "DELETE FROM ledger_leaf WHERE idx = (SELECT max(idx) FROM ledger_leaf)", "without its one leaf"},
		{"a leaf is another", "UPDATE ledger_leaf SET ref = ref || '0' WHERE idx = 3", "ledger:"},
		{"a fact is gone", "DELETE FROM bus_fact WHERE name = 'incident.dispatched'", "without exactly its facts"},
		{"a fact is heard again", "UPDATE bus_cursor SET pos = pos - 1", "facts handled twice"},
		{"an effect is gone", "DELETE FROM crash_effect WHERE pos = (SELECT max(pos) FROM crash_effect)", "without exactly the effects"},
		{"a row was changed", "UPDATE incident_incident SET priority = 1", "do not fold"},
		{"a key is gone", "DELETE FROM crypto_key", "a contact without its key"},
		{"a unit is stuck", "INSERT INTO unit_engagement (unit_id, incident_id, state) SELECT u.id, i.id, 'on_scene' FROM unit_unit u, incident_incident i WHERE u.call_sign = 'U05' LIMIT 1", "is engaged with"},
	} {
		t.Run(harm.name, func(t *testing.T) {
			t.Parallel()
			path := sqliteCentres(t)(t)
			c, err := open(t.Context(), path, sqldb.Options{Readers: 2})
			if err != nil {
				t.Fatal(err)
			}
			var acknowledged record
			c.takeCalls(t.Context(), 2, 2, acknowledged.add)
			if faults := c.check(t.Context(), acknowledged.of); len(acknowledged.of) != 4 || len(faults) > 0 {
				t.Fatalf("a whole centre of %d incidents has faults: %v", len(acknowledged.of), faults)
			}
			err = c.db.Do(t.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.Exec(sqldb.Statement("crash", "Harm", harm.sql))
				return err
			})
			if err := errors.Join(err, c.db.Close()); err != nil {
				t.Fatal(err)
			}
			if c, err = open(t.Context(), path, sqldb.Options{Readers: 2}); err != nil {
				t.Fatal(err)
			}
			defer c.db.Close()
			faults := strings.Join(c.check(t.Context(), acknowledged.of), "; ")
			if !strings.Contains(faults, harm.says) || (harm.says == "") != (faults == "") {
				t.Errorf("the check says %q", faults)
			}
		})
	}
	c, err := open(t.Context(), sqliteCentres(t)(t), sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.db.Close()
	if faults := c.check(t.Context(), map[string]int64{"never-received": 1}); len(faults) != 1 || !isLoss(faults[0]) {
		t.Errorf("a lost incident is not seen: %v", faults)
	}
}
