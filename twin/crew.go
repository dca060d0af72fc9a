package twin

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// receive is the call-taker: takes the call down, and after the time that
// handling takes sends a unit, or joins it to the call that told of it before.
func (d *drive) receive(ctx context.Context, call Call) error {
	id, err := d.centre.Receive(ctx, call, call.At)
	if err != nil {
		return err
	}
	d.waiting[id] = true
	at := call.At.Add(d.city.Handling(call))
	if call.Repeats != "" {
		d.later(at, func(ctx context.Context) error { return d.join(ctx, call, id, at) })
		return nil
	}
	d.open[call.Ref] = id
	d.later(at, func(ctx context.Context) error { return d.dispatch(ctx, call, id, at) })
	return nil
}

// join merges a repeated call. When the first is over, or the server will not
// have it, somebody must be sent all the same.
func (d *drive) join(ctx context.Context, call Call, id string, at time.Time) error {
	if !d.waiting[id] {
		return nil
	}
	first, known := d.open[call.Repeats]
	if !known {
		return d.dispatch(ctx, call, id, at)
	}
	err := d.centre.Merge(ctx, id, first, at)
	if errors.Is(err, ErrRefused) {
		d.trouble(err)
		return d.dispatch(ctx, call, id, at)
	}
	if err == nil {
		delete(d.waiting, id)
	}
	return err
}

// dispatch sends the best unit that is free and that the server will send, or
// waits for one. What a visitor has taken into their hands stays there.
func (d *drive) dispatch(ctx context.Context, call Call, id string, at time.Time) error {
	if !d.waiting[id] {
		return nil
	}
	candidates, err := d.centre.Candidates(ctx, id)
	if err != nil {
		return err
	}
	for _, unit := range candidates {
		if d.busy[unit] {
			continue
		}
		err := d.centre.Dispatch(ctx, id, unit, at)
		if errors.Is(err, ErrRefused) {
			d.trouble(err)
			continue
		}
		if err == nil {
			d.begin(call, id, unit, at)
		}
		return err
	}
	next := at.Add(noUnitPause)
	d.later(next, func(ctx context.Context) error { return d.dispatch(ctx, call, id, next) })
	return nil
}

// begin lets a crew go about a call as it would.
func (d *drive) begin(call Call, id string, unit int, sent time.Time) {
	d.perform(call, id, unit, sent, d.city.Behave(call, d.city.Units[unit], d.at[unit]))
}

// perform puts all that a crew will do on the agenda. What it presses without
// network is told when the network is back, with the time of the press.
func (d *drive) perform(call Call, id string, unit int, sent time.Time, duty Duty) {
	d.busy[unit] = true
	delete(d.waiting, id)
	tell := func(after time.Duration, do func(ctx context.Context, at time.Time) error) {
		if after < 0 {
			return
		}
		d.later(sent.Add(duty.Lost.Arrives(after)), func(ctx context.Context) error { return do(ctx, sent.Add(after)) })
	}
	press := func(after time.Duration, step Step) {
		tell(after, func(ctx context.Context, at time.Time) error { return d.centre.Press(ctx, id, unit, step, at) })
	}
	press(duty.Acknowledge, Acknowledge)
	press(duty.Presses.EnRoute, EnRoute)
	tell(duty.Contact, func(ctx context.Context, at time.Time) error {
		return d.centre.Contact(ctx, id, unit, duty.Answered, at)
	})
	tell(duty.Video, func(ctx context.Context, at time.Time) error { return d.centre.Video(ctx, id, unit, at) })
	press(duty.Presses.OnScene, OnScene)
	if !d.unseen {
		d.travel(call, unit, duty, sent)
	}
	tell(duty.Clear, func(ctx context.Context, at time.Time) error {
		return d.centre.Feedback(ctx, id, unit, duty.Feedback, at)
	})
	press(duty.Presses.Clear, Cleared)
	tell(duty.Clear, func(_ context.Context, _ time.Time) error {
		d.busy[unit], d.at[unit] = false, call.Point
		delete(d.open, call.Ref)
		return nil
	})
	tell(duty.Clear, func(ctx context.Context, at time.Time) error { return d.centre.Close(ctx, id, duty.Disposition, at) })
}

// travel tells the way to the scene, a fix at a time; those of a time without
// network come together at its end.
func (d *drive) travel(call Call, unit int, duty Duty, sent time.Time) {
	from := d.at[unit]
	batches := map[time.Duration][]Fix{}
	for after := time.Duration(0); after < duty.OnScene+fixEvery; after += fixEvery {
		arrives := duty.Lost.Arrives(after)
		batches[arrives] = append(batches[arrives], Fix{sent.Add(after), duty.Where(call, from, after)})
	}
	for _, after := range slices.Sorted(maps.Keys(batches)) {
		d.later(sent.Add(after), func(ctx context.Context) error { return d.centre.Positions(ctx, unit, batches[after]) })
	}
}

// idle tells where a unit waits, now and then, as long as new calls come.
func (d *drive) idle(ctx context.Context, unit int, at, end time.Time) error {
	if next := at.Add(idleEvery); next.Before(end) {
		d.later(next, func(ctx context.Context) error { return d.idle(ctx, unit, next, end) })
	}
	if d.busy[unit] {
		return nil
	}
	if err := d.centre.Waits(ctx, unit, Fix{at, d.at[unit]}); err != nil && ctx.Err() == nil {
		d.trouble(err) // the next fix comes anyhow
	}
	return nil
}
