package incident

import (
	"context"
	"time"

	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// moving is change for rules that decide one move from the incident alone.
func (s *Service) moving(ctx context.Context, w When, perm httpapi.Perm, decide func(in Incident, at time.Time) (Move, error)) (Incident, error) {
	return s.change(ctx, w, perm, func(_ *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		m, err := decide(in, at)
		return []Move{m}, err
	})
}

// follow lets a unit's own state follow a step, unless that is long past.
func (s *Service) follow(tx *sqldb.Tx, unit string, id ID, step Step, at time.Time) error {
	if s.longPast(at) {
		return nil
	}
	return s.Units.Follow(tx, unit, id, step, s.Now())
}

// Press is a unit's report that it has reached a step.
type Press struct {
	When
	UnitID string `json:"unit_id" required:"true" max:"64"`
	No     int    `json:"no" min:"1"` // of the assignment, as the push has it
	Step   Step   `json:"step" required:"true" enum:"acknowledged,en_route,on_scene,cleared"`
}

// Advance records a unit's step. Its own state follows.
func (s *Service) Advance(ctx context.Context, p Press) (Incident, error) {
	return s.change(ctx, p.When, permRespond, func(tx *sqldb.Tx, in Incident, at time.Time) ([]Move, error) {
		m, err := in.Advance(p.UnitID, p.Step, at)
		if p.Counter > 0 {
			m, err = in.Keep(KindStep, at, Detail{UnitID: p.UnitID, No: p.No, Step: p.Step})
		}
		if err != nil || !in.leads(m) {
			return []Move{m}, err
		}
		return []Move{m}, s.follow(tx, p.UnitID, in.ID, p.Step, at)
	})
}

// Video says that a unit's scene video is open, and how that is known.
type Video struct {
	When
	UnitID   string `json:"unit_id" required:"true" max:"64"`
	Evidence string `json:"evidence" required:"true" enum:"click,first_packet"`
}

// OpenVideo records it. The unit's own state does not follow: video can be open
// on the way and on the scene.
func (s *Service) OpenVideo(ctx context.Context, v Video) (Incident, error) {
	return s.moving(ctx, v.When, permRespond, func(in Incident, at time.Time) (Move, error) {
		return in.OpenVideo(v.UnitID, v.Evidence, at)
	})
}

// CallBack is an attempt to reach the reporter.
type CallBack struct {
	When
	UnitID   string `json:"unit_id" max:"64"`
	No       int    `json:"no" min:"1"`
	Answered bool   `json:"answered"`
}

// Contact records a call back.
func (s *Service) Contact(ctx context.Context, c CallBack) (Incident, error) {
	return s.moving(ctx, c.When, permRespond, func(in Incident, at time.Time) (Move, error) {
		if c.Counter > 0 {
			return in.Keep(KindContacted, at, Detail{UnitID: c.UnitID, No: c.No, Answered: c.Answered})
		}
		return in.Contact(c.UnitID, c.Answered, at)
	})
}

// Remark is a text, by a unit or not.
type Remark struct {
	When
	UnitID string `json:"unit_id" max:"64"`
	No     int    `json:"no" min:"1"`
	Seen   int64  `json:"seen" min:"1"` // feedback: the version of the incident that its author had read; it replaces the reports up to there
	Text   string `json:"text" required:"true" max:"4000" lines:"true"`
}

// Feedback adds a unit's report from the scene.
func (s *Service) Feedback(ctx context.Context, r Remark) (Incident, error) {
	return s.moving(ctx, r.When, permRespond, func(in Incident, at time.Time) (Move, error) {
		d := Detail{UnitID: r.UnitID, No: r.No, Seen: r.Seen, Text: r.Text}
		if r.Counter > 0 {
			return in.Keep(KindFeedback, at, d)
		}
		m, err := in.Report(r.UnitID, r.Text, at)
		m.Detail.No, m.Detail.Seen = r.No, r.Seen
		return m, err
	})
}

// Note adds a remark of the console. Who takes calls may do so, too: what a second
// caller says of an incident belongs to it, whoever took it down.
func (s *Service) Note(ctx context.Context, r Remark) (Incident, error) {
	return s.moving(ctx, r.When, permNote, func(in Incident, at time.Time) (Move, error) { return in.Note(r.Text, at) })
}

// Seen says that a unit has read the hazards of the place.
type Seen struct {
	When
	UnitID string `json:"unit_id" required:"true" max:"64"`
	No     int    `json:"no" min:"1"`
}

// SeeHazards records it.
func (s *Service) SeeHazards(ctx context.Context, x Seen) (Incident, error) {
	return s.moving(ctx, x.When, permRespond, func(in Incident, at time.Time) (Move, error) {
		if x.Counter > 0 {
			return in.Keep(KindHazardsSeen, at, Detail{UnitID: x.UnitID, No: x.No})
		}
		return in.SeeHazards(x.UnitID, at)
	})
}
