package incident

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"zhian/platform/sqldb"
)

// Whatever is refused, undone by a savepoint or rolled back between, what is
// remembered of a long timeline is what its entries fold to.
func TestRememberedFoldsAreTheTimeline(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street"})
		other := d.node()
		random := rand.New(rand.NewPCG(3, 5))
		undone := errors.New("undone")
		note := func(tx *sqldb.Tx, s *Service) error {
			now, err := s.locked(tx, in.ID)
			if err == nil {
				_, err = s.record(d.ctx, tx, now, []Move{moved(KindNote, d.now, Detail{Text: "x"})}, "test", d.now)
			}
			return err
		}
		for i := range 120 {
			s := d.Service
			if random.IntN(3) == 0 {
				s = other
			}
			outcome := random.IntN(4)
			err := d.DB.Do(d.Context(), func(tx *sqldb.Tx) error {
				err := tx.Try(func() error { return errors.Join(note(tx, s), note(tx, s), undone) })
				if !errors.Is(err, undone) {
					return err
				}
				if err := note(tx, s); err != nil {
					return err
				}
				if outcome == 0 {
					return undone
				}
				return note(tx, s)
			})
			if (outcome == 0) != errors.Is(err, undone) || outcome != 0 && err != nil {
				d.Fatal(err)
			}
			for _, asked := range []*Service{d.Service, other} {
				got, err := asked.Get(d.ctx, ByID{in.ID})
				if err != nil {
					d.Fatal(err)
				}
				entries, err := sqldb.Read(d.Context(), d.DB, func(tx *sqldb.Tx) ([]Entry, error) { return timeline(tx, in.ID) })
				if err != nil {
					d.Fatal(err)
				}
				if want := Fold(entries); !reflect.DeepEqual(got, want) {
					d.Fatalf("round %d: version %d, want %d", i, got.EntryCount, want.EntryCount)
				}
			}
		}
		if d.folds.get(nil, in.ID, 1<<40).EntryCount < longTimeline {
			d.Error("nothing was remembered: the test shows nothing")
		}
	})
}

func TestFewFoldsAreKept(t *testing.T) {
	f := &folds{}
	for i := range 3 * foldsKept {
		f.seen(Incident{ID: ID(rune('a' + i)), EntryCount: longTimeline})
		f.seen(Incident{ID: ID(rune('a' + i)), EntryCount: longTimeline + 1})
		f.seen(Incident{ID: "short", EntryCount: 1})
	}
	if len(f.known) != foldsKept || len(f.order) != foldsKept || f.known["short"].in.EntryCount != 0 {
		t.Errorf("%d known, %d in order", len(f.known), len(f.order))
	}
}

// A timeline is read in pages.
func TestTimelinePages(t *testing.T) {
	each(t, func(d *desk) {
		in := d.receive(Intake{Address: "1 Market Street"})
		for range 6 {
			d.wait(time.Second)
			if _, err := d.Note(d.ctx, Remark{When: When{ID: in.ID}, Text: "x"}); err != nil {
				d.Fatal(err)
			}
		}
		var seen []int64
		for q := (Lines{ID: in.ID, Limit: 3}); ; {
			page, err := d.Timeline(d.ctx, q)
			if err != nil {
				d.Fatal(err)
			}
			for _, e := range page.Items {
				seen = append(seen, e.Seq)
			}
			if page.Next == "" {
				break
			}
			q.After = seen[len(seen)-1]
		}
		if !reflect.DeepEqual(seen, []int64{1, 2, 3, 4, 5, 6, 7}) {
			d.Errorf("%v", seen)
		}
	})
}
