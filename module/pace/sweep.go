package pace

import (
	"context"
	"time"

	"zhian/platform/sqldb"
)

const (
	sweepBatch = 200
	// patience is how long a due moment waits for facts that were recorded before
	// it and are not heard yet: late alarms are better than false ones, up to here.
	patience = 10 * time.Second
)

// Sweep announces every clock that has come to a due moment. Due moments are rows:
// a restart loses none. It must run on one node at a time.
func (s *Service) Sweep(ctx context.Context) error {
	for {
		n, err := s.sweep(ctx)
		if err != nil || n < sweepBatch {
			return err
		}
	}
}

func (s *Service) sweep(ctx context.Context) (n int, err error) {
	err = s.DB.Background(ctx, func(tx *sqldb.Tx) error {
		now, err := s.heard(tx)
		if err != nil {
			return err
		}
		due, err := sqldb.List(tx, Queries["Due"], scanWatch, now.UnixMilli(), sweepBatch)
		n = len(due)
		for _, w := range due {
			if err := s.announce(tx, w, now); err != nil {
				return err
			}
		}
		return err
	})
	return n, err
}

// heard is the moment up to which this module knows what has happened.
func (s *Service) heard(tx *sqldb.Tx) (time.Time, error) {
	now := s.now()
	waiting, err := s.Bus.Waiting(tx, consumer)
	if err != nil || waiting.IsZero() || waiting.After(now) {
		return now, err
	}
	if earliest := now.Add(-patience); waiting.Before(earliest) {
		return earliest, nil
	}
	return waiting, nil
}

// announce tells what has become of a running clock, as it stands now.
func (s *Service) announce(tx *sqldb.Tx, w Watch, now time.Time) error {
	in, err := byID(tx, "Lock", w.IncidentID)
	if err != nil {
		return err
	}
	j := s.definitions().Judge(w.Clock, &in, now)
	if !j.Running() {
		return dropWatch(tx, w)
	}
	next, tell := w.advance(j.Verdict, now)
	if err := keepWatch(tx, next); err != nil || !tell {
		return err
	}
	if next.Stage == StageBreached {
		return s.breach(tx, &in, w, false)
	}
	alarm, err := s.alarm(tx, &in, w)
	if err != nil {
		return err
	}
	return s.Bus.Publish(tx, s.now(), Warned{alarm})
}
