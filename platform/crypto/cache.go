package crypto

import (
	"container/list"
	"sync"
	"time"
)

// cacheSize is how many keys are kept, cacheFor how long: a list of calls that
// is shown again should not unwrap its keys again, no more.
const (
	cacheSize = 4096
	cacheFor  = time.Minute
)

// cache holds unwrapped keys, the latest used ones.
type cache struct {
	now func() time.Time

	mu      sync.Mutex
	order   *list.List // of *entry, the latest used first
	bySubj  map[string]*list.Element
	dropped map[string]time.Time // until when a subject may not come in again
}

type entry struct {
	key   *Key
	until time.Time
}

func newCache(now func() time.Time) *cache {
	return &cache{now: now, order: list.New(), bySubj: map[string]*list.Element{}, dropped: map[string]time.Time{}}
}

func (c *cache) get(subject string) *Key {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.bySubj[subject]
	if !ok {
		return nil
	}
	if !c.now().Before(e.Value.(*entry).until) {
		c.remove(e)
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*entry).key
}

// put keeps a key unless its subject was dropped lately: a reader may still see
// a row that is deleted.
func (c *cache) put(k *Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if until, ok := c.dropped[k.subject]; ok && now.Before(until) {
		return
	}
	if e, ok := c.bySubj[k.subject]; ok {
		c.remove(e)
	}
	c.bySubj[k.subject] = c.order.PushFront(&entry{k, earlier(now.Add(cacheFor), k.expires)})
	if c.order.Len() > cacheSize {
		c.remove(c.order.Back())
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (c *cache) drop(subject string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.bySubj[subject]; ok {
		c.remove(e)
	}
	now := c.now()
	if len(c.dropped) >= cacheSize {
		for s, until := range c.dropped {
			if !now.Before(until) {
				delete(c.dropped, s)
			}
		}
	}
	c.dropped[subject] = now.Add(cacheFor)
}

func (c *cache) remove(e *list.Element) {
	delete(c.bySubj, e.Value.(*entry).key.subject)
	c.order.Remove(e)
}
