package notify

import (
	"context"

	"zhian/platform/sqldb"
)

// dueBatch is how many due messages are read at once.
const dueBatch = 256

// Climb takes every rung that is due and makes every attempt that is due again.
// It goes by the clock alone: called late, after a restart, it catches up.
func (s *Service) Climb(ctx context.Context) error {
	for {
		due, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]string, error) {
			return sqldb.List(tx, Queries["DueMessages"], sqldb.ScanString, s.now().UnixMilli(), dueBatch)
		})
		if err != nil {
			return err
		}
		for _, id := range due {
			if err := s.DB.Background(ctx, func(tx *sqldb.Tx) error { return s.climb(tx, id) }); err != nil {
				return err
			}
		}
		if len(due) == 0 {
			return s.again(ctx)
		}
	}
}

// climb takes one rung of a message, unless somebody has acknowledged meanwhile.
func (s *Service) climb(tx *sqldb.Tx, id string) error {
	m, err := lock(tx, id)
	if err != nil || m.DueAt.IsZero() || m.DueAt.After(s.now()) {
		return err
	}
	rung := m.ladder[m.next]
	if m.over() && rung.Audience != Nothing {
		m = m.rest()
		return m.save(tx)
	}
	step := Step{Rung: m.next, Audience: rung.Audience, At: s.now(), Users: []string{}}
	if asked, err := s.audience(tx, m, rung); err != nil {
		return err
	} else if asked != nil {
		step.Users = asked
	}
	m = m.Climb()
	if err := insertStep(tx, m.ID, step); err != nil {
		return err
	}
	if rung.Audience == Nothing {
		return s.endAll(tx, &m, StateExpired, "too_late")
	}
	if err := m.save(tx); err != nil {
		return err
	}
	return s.Bus.Publish(tx, step.At, Escalated{m.about(step.At), step.Rung, step.Audience, step.Users})
}

// audience asks those whom a rung is for and names them.
func (s *Service) audience(tx *sqldb.Tx, m Message, r Rung) (asked []string, err error) {
	var users []string
	switch r.Audience {
	case Again:
		return s.unanswered(tx, m, r)
	case Leaders:
		users, err = s.People.Leaders(tx, m.OrgID, s.now())
	case Sender:
		if m.Sender != "" {
			users = []string{m.Sender}
		}
	}
	if err != nil {
		return nil, err
	}
	asked, _, err = s.ask(tx, m, m.next, r, users)
	return asked, err
}

// unanswered are those named who have not acknowledged and may still be paged.
func (s *Service) unanswered(tx *sqldb.Tx, m Message, r Rung) (users []string, err error) {
	list, err := recipients(tx, m.ID)
	for _, one := range list {
		if err != nil {
			return nil, err
		}
		if one.Rung != 0 || one.Withheld != "" || !one.AcknowledgedAt.IsZero() {
			continue
		}
		var why string
		if _, why, err = s.reach(tx, m.Class, r, one.UserID); why == "" {
			users = append(users, one.UserID)
		}
	}
	return users, err
}

// again makes the attempts that are due after a failure.
func (s *Service) again(ctx context.Context) error {
	due, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]outgoing, error) {
		list, err := sqldb.List(tx, Queries["DueDeliveries"], scanDelivery, s.now().UnixMilli(), dueBatch)
		known := map[string]outgoing{}
		var all []outgoing
		for _, d := range list {
			one, err := s.pack(tx, d, errand{}, known)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return all, err
	})
	for _, one := range due {
		s.try(ctx, one)
	}
	if err == nil && len(due) > 0 {
		_, err = s.record(ctx)
	}
	return err
}
