// Package access decides who may do what where.
//
// A Grant gives a user a role over one organisation's subtree, or over the
// organisation alone, for a time. The pair is evaluated as a pair: "own incidents
// as an officer, the whole station's as its leader" are two grants, and neither
// widens the other.
//
//	grant: [to come] ─from→ in force ─until · revoked→ over
//
// Grants, roles and the tree are compiled into an immutable Snapshot: a role
// becomes a set of bits, an organisation an interval, a user a number that their
// session carries, and a question costs nanoseconds. A change costs what it
// touches, and is in force on its own node before its request is answered.
//
// Publishes: access.changed. Hears: org.changed, access.changed.
package access

import (
	"strconv"
	"time"
)

// Grant is a role of a user over an organisation and everything below it.
type Grant struct {
	ID        string    `json:"id"`
	UserID    string    `json:"user_id"`
	Role      string    `json:"role"`
	OrgID     string    `json:"org_id"`
	UnitOnly  bool      `json:"unit_only,omitempty"` // not what is below the organisation
	From      time.Time `json:"from"`
	Until     time.Time `json:"until,omitzero"` // zero: no end
	GrantedBy string    `json:"granted_by"`
	GrantedAt time.Time `json:"granted_at"`
	Reason    string    `json:"reason,omitempty"`
	RevokedBy string    `json:"revoked_by,omitempty"`
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

// fields are what the audit log says of it.
func (g Grant) fields() map[string]string {
	f := map[string]string{"user_id": g.UserID, "role": g.Role, "org_id": g.OrgID, "unit_only": strconv.FormatBool(g.UnitOnly), "from": g.From.UTC().Format(time.RFC3339)}
	if !g.Until.IsZero() {
		f["until"] = g.Until.UTC().Format(time.RFC3339)
	}
	return f
}

// InForce says whether the grant counts at a moment.
func (g Grant) InForce(at time.Time) bool {
	return g.RevokedAt.IsZero() && !at.Before(g.From) && (g.Until.IsZero() || at.Before(g.Until))
}

// The three administrators, whom no one person may be two of (GB/T 22239-2019,
// 8.1.4.2 d).
const (
	RoleSystemAdmin   = "system_admin"
	RoleSecurityAdmin = "security_admin"
	RoleAuditAdmin    = "audit_admin"
)

var separated = []string{RoleSystemAdmin, RoleSecurityAdmin, RoleAuditAdmin}

// Roles is what each role may do. "incident.*" is every permission of a module.
// Administrators manage the house and see no incidents.
var Roles = map[string][]string{
	RoleSystemAdmin:   {"org.*", "identity.*", "place.*", "unit.write", "unit.read", "ops.*"},
	RoleSecurityAdmin: {"access.*", "org.read", "org.import.approve", "identity.read", "identity.session.*"},
	RoleAuditAdmin:    {"audit.*", "org.read", "identity.read", "access.read"},
	"bureau_leader":   {"incident.read", "unit.read", "pace.*", "place.read", "org.read"},
	"command_centre":  {"incident.receive", "incident.read", "incident.dispatch", "incident.respond", "incident.note", "incident.correct", "incident.contact.reveal", "unit.*", "pace.*", "place.*", "org.read", "identity.read", "notify.*"},
	"dispatcher":      {"incident.receive", "incident.read", "incident.dispatch", "incident.respond", "incident.note", "incident.correct", "incident.contact.reveal", "unit.read", "unit.write", "pace.read", "pace.reason", "place.read", "org.read", "notify.read", "notify.resend"},
	"call_taker":      {"incident.receive", "incident.read", "incident.note", "unit.read", "pace.read", "place.read", "org.read"},
	"station_leader":  {"incident.read", "incident.respond", "incident.note", "incident.correct", "incident.contact.reveal", "unit.read", "unit.write", "pace.read", "pace.reason", "place.read", "org.read", "notify.read"},
	"officer":         {"incident.read", "incident.respond", "incident.note", "incident.contact.reveal", "unit.read", "unit.report", "pace.read", "place.read", "org.read"},
	"auxiliary":       {"incident.read", "incident.respond", "incident.note", "unit.read", "unit.report", "place.read"},
	"operations":      {"ops.*", "org.read"},
	"terminals":       {"unit.read", "unit.report"}, // vehicles' own devices: where units are, and nothing else
	"importer":        {"incident.receive", "incident.read", "incident.dispatch", "incident.respond", "incident.note", "incident.correct", "incident.backfill", "unit.*", "org.read", "org.write", "place.*", "pace.read"},
}

// everyone is what whoever is logged in may do without a grant: see and end their
// own sessions, read their own messages.
var everyone = []string{"identity.self", "notify.inbox", "live.connect"}
