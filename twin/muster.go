package twin

import "context"

// Muster registers the units and puts their crews on duty. Nobody is sent before.
func (p *Post) Muster(ctx context.Context) error {
	var steps []step
	for i := range p.city.Units {
		steps = append(steps, func(ctx context.Context) error { return p.muster(ctx, i) })
	}
	if err := sideBySide(ctx, steps...); err != nil {
		return err
	}
	for i, id := range p.ids {
		p.index[id] = i
	}
	return nil
}

func (p *Post) muster(ctx context.Context, i int) error {
	u := p.city.Units[i]
	var unit made
	if err := p.desks[0].post(ctx, "/v1/units", p.city.key("unit", number(i, 3)),
		object{"call_sign": u.CallSign, "kind": u.Kind, "org_id": p.orgs[i]}, &unit); err != nil {
		return err
	}
	for _, officer := range u.Crew {
		if err := p.desks[0].post(ctx, "/v1/units/"+unit.ID+"/duty", p.city.key("duty", officer),
			object{"user_id": p.staff[officer].UserID}, nil); err != nil {
			return err
		}
	}
	p.ids[i] = unit.ID
	return nil
}
