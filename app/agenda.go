package app

import (
	"container/heap"
	"context"
	"time"

	"zhian/platform/sqldb"
)

// page is what is written at a moment.
type page struct {
	at    time.Time
	no    int
	write func(tx *sqldb.Tx) error
}

type agenda []page

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].no < a[j].no
}
func (a *agenda) Push(x any) { *a = append(*a, x.(page)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func (p *past) later(at time.Time, write func(tx *sqldb.Tx) error) {
	p.count++
	heap.Push(&p.pages, page{at, p.count, write})
}

// pageful is how much is written in one transaction.
const pageful = 100

// fill writes what is on the agenda up to the end of the past.
func (p *past) fill(ctx context.Context) error {
	due := func() bool { return p.pages.Len() > 0 && p.pages[0].at.Before(p.until) }
	for due() {
		err := p.app.DB.Do(ctx, func(tx *sqldb.Tx) error {
			for n := 0; n < pageful && due(); n++ {
				next := heap.Pop(&p.pages).(page)
				p.clock.at = next.at
				if err := next.write(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
