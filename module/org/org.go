// Package org keeps the tree of organisations: bureau, centre, stations, squads.
//
//	organisation: [absent] ─create→ standing ⇄ changed · moved ─retire→ retired
//	import:       loading → draft ─(brake: approved by another)→ applied ⇄ draft (rows mended)
//
// Every organisation has a twelve-digit code (GA/T 380-2012): six digits of the
// division (GB/T 2260), two of the office or station, two of the section, two of
// the squad; 00 is "none". The text of the standard's unit numbers was not
// available, so only what is safe without it is refused: other than twelve
// digits, a division that no list knows, a code that is taken, and a parent that
// does not stand. What merely looks wrong is remarked upon.
//
// Each change is a version that stays readable. A retired organisation keeps its
// id in every record; its code may be given again.
//
// Publishes: org.changed. Hears nothing.
package org

import (
	"strconv"
	"time"
)

// Organisation is one node of the tree.
type Organisation struct {
	ID         string    `json:"id"`
	Code       string    `json:"code"`
	Name       string    `json:"name"`
	Kind       Kind      `json:"kind"`
	ParentID   string    `json:"parent_id,omitempty"`
	Sort       int       `json:"sort"`
	Division   Division  `json:"division"`
	CreatedAt  time.Time `json:"created_at"`
	ChangedAt  time.Time `json:"changed_at"`
	RetiredAt  time.Time `json:"retired_at,omitzero"`
	ChangedSeq int64     `json:"version"`
}

// fields are what the audit log says of it.
func (o Organisation) fields() map[string]string {
	return map[string]string{"code": o.Code, "name": o.Name, "kind": string(o.Kind), "parent_id": o.ParentID, "sort": strconv.Itoa(o.Sort)}
}

// Version rises with every change.
func (o Organisation) Version() int64 { return o.ChangedSeq }

// Stands says that the organisation has not been retired.
func (o Organisation) Stands() bool { return o.RetiredAt.IsZero() }

// Kind is what an organisation is.
type Kind string

// Kinds of organisations.
const (
	Bureau      Kind = "bureau"
	County      Kind = "county"
	Station     Kind = "station"
	Branch      Kind = "branch"
	Department  Kind = "department"
	CommandRoom Kind = "command_room"
	Squad       Kind = "squad"
)

// Act is what a change did.
type Act string

const (
	ActCreated Act = "created"
	ActChanged Act = "changed"
	ActMoved   Act = "moved"
	ActRetired Act = "retired"
)

// Edition is an organisation as one change left it.
type Edition struct {
	Organisation
	Act      Act    `json:"act"`
	By       string `json:"by"`
	Reason   string `json:"reason,omitempty"`
	ImportID string `json:"import_id,omitempty"`
}
