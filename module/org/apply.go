package org

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// Apply carries out every row that can be taken, and lets those leave that a
// complete file does not hold. Rows are taken in small transactions: what was
// taken before a crash stays, and to apply again takes the rest.
func (s *Service) Apply(ctx context.Context, e ImportEdit) (Import, error) {
	im, rows, err := s.open(ctx, e.ID, e.IfMatch)
	if err != nil {
		return im, err
	}
	plan, err := s.draw(ctx, im, rows)
	if err != nil {
		return im, err
	}
	if c := plan.Count(); c.Brake() && !c.Within(im.agreed) {
		f := fault.With(fault.New(fault.Conflict, "org.import_braked"), "leave", c.Leave)
		return im, fault.With(fault.With(f, "move", c.Move), "standing", c.Standing)
	}
	defer s.Follower.Follow(ctx, nil)
	if err := s.carryOut(ctx, im, plan); err != nil {
		return im, err
	}
	return s.account(ctx, im, plan)
}

// account reads back what became of each row.
func (s *Service) account(ctx context.Context, im Import, plan Plan) (Import, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Import, error) {
		rows, err := sqldb.List(tx, Queries["Rows"], scanRow, im.ID)
		if err != nil {
			return im, err
		}
		left := im.Leave
		next := im.judged(Plan{standing: plan.standing, Withheld: plan.Withheld}, rows)
		next.State, next.Braked, next.Leave, next.AppliedAt = Applied, false, cmp.Or(len(plan.Leaving), left), s.Now().UTC().Truncate(time.Millisecond)
		return next, saveImport(tx, next)
	})
}

// carryOut takes the steps of a plan, then lets leave what leaves.
func (s *Service) carryOut(ctx context.Context, im Import, plan Plan) error {
	steps := plan.Steps()
	for start := 0; start < len(steps); start += chunk {
		part := steps[start:min(start+chunk, len(steps))]
		if err := s.inChunk(ctx, func(tx *sqldb.Tx, forest *stored) (ids []string, err error) {
			for _, v := range part {
				id, err := s.take(tx, forest, im, v)
				if err != nil {
					return nil, err
				}
				ids = append(ids, id...)
			}
			return ids, nil
		}); err != nil {
			return err
		}
	}
	for start := 0; start < len(plan.Leaving); start += chunk {
		part := plan.Leaving[start:min(start+chunk, len(plan.Leaving))]
		if err := s.inChunk(ctx, func(tx *sqldb.Tx, forest *stored) (ids []string, err error) {
			for _, id := range part {
				if err := s.leave(tx, forest, im, id); err != nil {
					return nil, err
				}
			}
			return part, nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// inChunk changes some organisations in a transaction behind everybody else's.
func (s *Service) inChunk(ctx context.Context, work func(*sqldb.Tx, *stored) (ids []string, err error)) error {
	return s.DB.Background(ctx, func(tx *sqldb.Tx) error {
		forest, err := lock(tx)
		if err != nil {
			return err
		}
		ids, err := work(tx, forest)
		if err = forest.check(err); err != nil || len(ids) == 0 {
			return err
		}
		return s.Bus.Publish(tx, s.Now(), Changed{ids})
	})
}

// take carries out one row; the tree may have changed since the plan was drawn,
// and what the tree now refuses becomes a rejected row.
func (s *Service) take(tx *sqldb.Tx, forest *stored, im Import, v Verdict) (changed []string, err error) {
	row, err := sqldb.Get(tx, Queries["RowByLine"], scanRow, im.ID, v.Number)
	if err != nil || row.done() {
		return nil, err
	}
	e, outcome, err := s.step(forest, im, v)
	var refused *fault.Error
	switch err = forest.check(err); {
	case errors.As(err, &refused) && (refused.Kind == fault.Invalid || refused.Kind == fault.Conflict):
		row.Outcome, row.Reason, row.Column = OutRejected, refused.Key, strings.TrimPrefix(refused.Path, "/")
		return nil, saveRow(tx, im.ID, row)
	case err != nil:
		return nil, err
	}
	row.Outcome, row.OrgID = outcome, e.ID
	if err := saveRow(tx, im.ID, row); err != nil || outcome == OutUnchanged {
		return nil, err
	}
	return []string{e.ID}, save(tx, s.stamp(e))
}

// step is what a row makes of its organisation as it is now.
func (s *Service) step(forest *stored, im Import, v Verdict) (e Edition, outcome Outcome, err error) {
	old, known := forest.Coded(v.Code)
	e = Edition{Organisation: old, By: im.By, Reason: im.Source, ImportID: im.ID}
	if !known {
		e.ID = s.IDs.Next()
	}
	e.Code, e.Name, e.Kind, e.Sort, e.Division, e.ParentID = v.target.Code, v.target.Name, v.target.Kind, v.target.Sort, v.target.Division, ""
	if v.parent != "" {
		parent, stands := forest.Coded(v.parent)
		if !stands {
			return e, "", fault.At("/parent_code", "org.parent_unknown")
		}
		e.ParentID = parent.ID
	}
	switch {
	case !known:
		e.Act, outcome = ActCreated, OutCreate
	case e.ParentID != old.ParentID:
		e.Act, outcome = ActMoved, OutMove
	case e.Organisation == old:
		return e, OutUnchanged, nil
	default:
		e.Act, outcome = ActChanged, OutChange
	}
	return e, outcome, CheckPut(forest, e.Organisation)
}

// leave retires an organisation, unless something hangs on it by now.
func (s *Service) leave(tx *sqldb.Tx, forest *stored, im Import, id string) error {
	o, known := forest.Find(id)
	if !known || !o.Stands() || CheckRetire(forest, o) != nil || forest.check(nil) != nil {
		return forest.check(nil)
	}
	return save(tx, s.stamp(Edition{Organisation: o, Act: ActRetired, By: im.By, Reason: im.Source, ImportID: im.ID}))
}
