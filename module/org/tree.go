package org

import (
	"slices"

	"zhian/platform/fault"
)

// Forest is what the rules look organisations up in: a Tree, or the table itself.
type Forest interface {
	Find(id string) (Organisation, bool)
	Coded(code string) (Organisation, bool) // that stands
	Holds(id string) bool                   // something that stands is below it
}

// CheckPut refuses an organisation whose code is taken, and a parent that does
// not stand or is below it.
func CheckPut(f Forest, o Organisation) error {
	if holder, taken := f.Coded(o.Code); taken && holder.ID != o.ID {
		return fault.With(fault.New(fault.Conflict, "org.code_taken"), "id", holder.ID)
	}
	if o.ParentID == "" {
		return nil
	}
	parent, known := f.Find(o.ParentID)
	if !known || !parent.Stands() {
		return fault.At("/parent_id", "org.parent_unknown")
	}
	for up := parent; up.ID != ""; up, _ = f.Find(up.ParentID) {
		if up.ID == o.ID {
			return fault.At("/parent_id", "org.parent_is_below")
		}
	}
	return nil
}

// CheckRetire refuses to end an organisation that has others below it.
func CheckRetire(f Forest, o Organisation) error {
	if f.Holds(o.ID) {
		return fault.New(fault.Conflict, "org.has_children")
	}
	return nil
}

// Tree is every organisation, standing or not, in memory.
type Tree struct {
	byID   map[string]Organisation
	byCode map[string]string   // of those that stand: id
	below  map[string][]string // of those that stand: ids
}

// NewTree plants organisations in the order in which they are shown.
func NewTree(list []Organisation) *Tree {
	t := &Tree{byID: make(map[string]Organisation, len(list)), byCode: make(map[string]string, len(list)), below: map[string][]string{}}
	for _, o := range list {
		t.Put(o)
	}
	return t
}

// Put adds an organisation, or replaces it by a newer version.
func (t *Tree) Put(o Organisation) {
	if old, known := t.byID[o.ID]; known && old.Stands() {
		delete(t.byCode, old.Code)
		t.below[old.ParentID] = slices.DeleteFunc(t.below[old.ParentID], func(id string) bool { return id == o.ID })
	}
	t.byID[o.ID] = o
	if o.Stands() {
		t.byCode[o.Code] = o.ID
		t.below[o.ParentID] = append(t.below[o.ParentID], o.ID)
	}
}

// Find is an organisation, standing or not.
func (t *Tree) Find(id string) (Organisation, bool) {
	o, ok := t.byID[id]
	return o, ok
}

// Holds says that something stands below an organisation.
func (t *Tree) Holds(id string) bool { return len(t.below[id]) > 0 }

// Coded is the standing organisation with a code.
func (t *Tree) Coded(code string) (Organisation, bool) {
	o, ok := t.byID[t.byCode[code]]
	return o, ok
}

// Under is an organisation's standing descendants, parents before children.
func (t *Tree) Under(id string) (ids []string) {
	for _, child := range t.below[id] {
		ids = append(append(ids, child), t.Under(child)...)
	}
	return ids
}

// Below says that one organisation is somewhere below another.
func (t *Tree) Below(id, above string) bool {
	for o := t.byID[id]; o.ParentID != ""; o = t.byID[o.ParentID] {
		if o.ParentID == above {
			return true
		}
	}
	return false
}
