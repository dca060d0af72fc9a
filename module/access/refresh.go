package access

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"zhian/platform/bus"
	"zhian/platform/sqldb"
)

// news is what has changed since the snapshot was made.
type news struct {
	tree  bool // all of it
	staff bool // everybody's grants
	orgs  map[string]bool
	users map[string]bool
}

func (n news) none() bool { return !n.tree && !n.staff && len(n.orgs)+len(n.users) == 0 }

// board is where commits leave their news.
type board struct {
	mu  sync.Mutex
	now news
}

// pin leaves news; it costs nothing that a writer would notice.
func (b *board) pin(write func(*news)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now.orgs == nil {
		b.now.orgs, b.now.users = map[string]bool{}, map[string]bool{}
	}
	write(&b.now)
}

func (b *board) take() news {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.now
	b.now = news{}
	return taken
}

// putBack is for news that could not be read up on.
func (b *board) putBack(n news) {
	b.pin(func(now *news) {
		now.tree, now.staff = now.tree || n.tree, now.staff || n.staff
		maps.Copy(now.orgs, n.orgs)
		maps.Copy(now.users, n.users)
	})
}

// Refresh compiles everything anew.
func (s *Service) Refresh(ctx context.Context) error {
	s.board.pin(func(n *news) { n.tree, n.staff = true, true })
	return s.catchUp(ctx)
}

// Follow takes changed organisations into account before it returns: module/org
// calls it after the commit and before the answer. No id means any.
func (s *Service) Follow(ctx context.Context, orgIDs []string) {
	s.board.pin(func(n *news) {
		n.tree = n.tree || len(orgIDs) == 0
		for _, id := range orgIDs {
			n.orgs[id] = true
		}
	})
	s.keepUp(ctx)
}

func (s *Service) followUser(ctx context.Context, userID string) {
	s.board.pin(func(n *news) { n.users[userID] = true })
	s.keepUp(ctx)
}

// keepUp is catchUp for those whose work is done and whose answer cannot depend
// on it: what failed stays on the board, and Turn tries again.
func (s *Service) keepUp(ctx context.Context) {
	if err := s.catchUp(context.WithoutCancel(ctx)); err != nil {
		s.Log.Error("decisions are behind the grants", "error", err)
	}
}

// catchUp makes the snapshot hold everything that is on the board now. Who waits
// for another's turn often finds the board empty: many changes, one compilation.
func (s *Service) catchUp(ctx context.Context) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	return s.clearBoard(ctx)
}

// clearBoard is catchUp for who has the turn.
func (s *Service) clearBoard(ctx context.Context) error {
	fresh := s.board.take()
	if fresh.none() {
		return nil
	}
	if err := s.compile(ctx, fresh); err != nil {
		s.board.putBack(fresh)
		return err
	}
	s.current.Store(s.compiler.snapshot())
	s.epoch.Add(1)
	return nil
}

func (s *Service) compile(ctx context.Context, fresh news) error {
	at := s.Now()
	switch {
	case fresh.tree:
		nodes, err := s.Tree.Nodes(ctx, nil)
		if err != nil {
			return err
		}
		s.compiler.plant(nodes)
	case len(fresh.orgs) > 0:
		nodes, err := s.Tree.Nodes(ctx, slices.Collect(maps.Keys(fresh.orgs)))
		if err != nil {
			return err
		}
		s.compiler.graft(nodes)
	}
	if fresh.staff {
		s.looked = at
		return s.compileStaff(ctx, at)
	}
	return s.compileUsers(ctx, slices.Collect(maps.Keys(fresh.users)), at)
}

func (s *Service) compileStaff(ctx context.Context, at time.Time) error {
	grants, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Grant, error) {
		return sqldb.List(tx, Queries["Standing"], scanGrant, at.UnixMilli())
	})
	if err == nil {
		s.compiler.hire(grants, at)
	}
	return err
}

func (s *Service) compileUsers(ctx context.Context, users []string, at time.Time) error {
	_, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (int, error) {
		for _, user := range users {
			grants, err := sqldb.List(tx, Queries["OfUser"], scanGrant, user)
			if err != nil {
				return 0, err
			}
			s.compiler.promote(user, grants, at)
		}
		return len(users), nil
	})
	return err
}

// Start compiles the first snapshot; Turn must follow it every second or so.
func (s *Service) Start(ctx context.Context) error { return s.Refresh(ctx) }

// Turn takes up grants that have begun or ended by themselves, and what an
// earlier change could not be followed by.
func (s *Service) Turn(ctx context.Context) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	now, edge := s.Now(), s.compiler.edge
	switch {
	case now.Before(s.looked): // the clock was set back: what is over may not be
		s.board.pin(func(n *news) { n.staff = true })
	case !edge.IsZero() && !now.Before(edge):
		if err := s.passEdge(ctx, now); err != nil {
			return err
		}
	}
	return s.clearBoard(ctx)
}

// passEdge puts those on the board whose grants have begun or ended since the
// last look, and notes when the next will.
func (s *Service) passEdge(ctx context.Context, now time.Time) error {
	var next int64
	users, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (users []string, err error) {
		if next, err = sqldb.Get(tx, Queries["NextEdge"], sqldb.ScanInt, now.UnixMilli()); err != nil {
			return nil, err
		}
		return sqldb.List(tx, Queries["Turning"], sqldb.ScanString, s.looked.UnixMilli(), now.UnixMilli())
	})
	if err != nil {
		return err
	}
	s.board.pin(func(n *news) {
		for _, id := range users {
			n.users[id] = true
		}
	})
	s.looked, s.compiler.edge = now, sqldb.Moment(next)
	return nil
}

// Listen follows what other nodes change.
func (s *Service) Listen() {
	bus.Tail(s.Bus, func(_ bus.Meta, f Changed) { s.followUser(context.Background(), f.UserID) })
}
