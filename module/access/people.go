package access

import "sync"

// people numbers users for the life of the process: a session carries its number
// and a decision need not look for it. A number is never given to another user,
// and 0 is nobody's.
type people struct {
	mu sync.RWMutex
	of map[string]uint32
}

// find is 0 for a user who has no number yet, and so no grant.
func (p *people) find(userID string) uint32 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.of[userID]
}

// number gives one to a new user.
func (p *people) number(userID string) uint32 {
	if n := p.find(userID); n != 0 || userID == "" {
		return n
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil {
		p.of = map[string]uint32{}
	}
	if p.of[userID] == 0 {
		p.of[userID] = uint32(len(p.of) + 1)
	}
	return p.of[userID]
}
