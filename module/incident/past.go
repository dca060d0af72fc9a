package incident

import (
	"context"
	"time"

	"zhian/platform/bus"
	"zhian/platform/crypto"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// Past tells incidents of a time in which nobody listened, each entry as it was
// made then, by whoever ctx says. Nothing is asked of them but what the rules ask,
// and nobody hears of them.
type Past struct {
	s       *Service
	now     func() time.Time
	ids     *ident.Maker
	day     string
	serials block
	earlier map[string]int // by place
}

// Past begins such a time; now is its clock.
func (s *Service) Past(now func() time.Time) *Past {
	return &Past{s: s, now: now, ids: ident.NewMaker(now), earlier: map[string]int{}}
}

// Memory is an incident that is being told. Facts are what would have been
// published of it, one for each entry.
type Memory struct {
	Incident
	Facts []bus.Fact

	past  *Past
	lines []line
	key   *crypto.Key
}

// Receive takes a call down. Fault: Invalid incident.unknown_kind.
func (p *Past) Receive(ctx context.Context, call Intake, at time.Time) (*Memory, error) {
	c, _, err := p.s.located(ctx, call)
	if err != nil {
		return nil, err
	}
	if c.Number, err = p.number(ctx); err != nil {
		return nil, err
	}
	c.Risk = p.s.judged(c.KindCode, c.Narrative, c.Placing, min(p.earlier[c.Key], earlierShown), at)
	if c.Key != "" {
		p.earlier[c.Key]++
	}
	m := &Memory{Incident: Incident{ID: ID(p.ids.Next())}, past: p}
	contact, key, err := p.s.seal(m.ID, call.Contact, p.now())
	if err != nil {
		return nil, err
	}
	m.key = key
	return m, m.Record(ctx, call.Source, Receive(c, contact, at))
}

// serialsAtOnce is how many numbers of a day are taken together.
const serialsAtOnce = 128

// number is the next one of the day.
func (p *Past) number(ctx context.Context) (string, error) {
	day := p.now().In(p.s.Zone).Format("20060102")
	if day != p.day || p.serials.left() == 0 {
		serials, err := p.s.numbers.lease(ctx, day, serialsAtOnce)
		if err != nil {
			return "", err
		}
		p.day, p.serials = day, serials
	}
	p.serials.from++
	return p.s.numbers.format.number(day, p.serials.from-1), nil
}

// Record adds a move that the rules have allowed.
func (m *Memory) Record(ctx context.Context, source string, move Move) error {
	d, err := m.past.s.draft(ctx, m.Incident, []Move{move}, source, m.past.now())
	if err != nil {
		return err
	}
	if move.Kind == KindMerged && m.Key != "" {
		m.past.earlier[m.Key]-- // it is one with what it was merged into
	}
	m.Incident, m.lines = d.next, append(m.lines, d.lines...)
	m.Facts = append(m.Facts, d.next.fact(d.lines[0].entry, m.past.s.Centre.Root()))
	return nil
}

// Write puts what was told into the database: row, timeline and the ledger's
// leaves. It may be called once.
func (m *Memory) Write(tx *sqldb.Tx) error {
	calls := []sqldb.Call{insertRow(m.Incident)}
	for _, l := range m.lines {
		calls = append(calls, appendEntry(l), l.leaf.Insert())
	}
	if m.key != nil {
		if err := m.past.s.Vault.Keep(tx, m.key); err != nil {
			return err
		}
	}
	return tx.ExecAll(calls...)
}
