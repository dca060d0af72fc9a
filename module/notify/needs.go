package notify

import (
	"context"
	"time"

	"zhian/platform/sqldb"
)

// Channel is a way to reach people: one leaf in gateway/ each.
type Channel interface {
	// Reaches says why the channel cannot get to somebody whatever happens
	// (logged_out, no_device), "" when it can, now or when they connect.
	Reaches(tx *sqldb.Tx, userID string) (why string, err error)
	// Send hands a parcel over. It must not wait for the recipient. Nobody means
	// that it should be sent again when they connect (Service.Reach).
	Send(ctx context.Context, p Parcel) Receipt
}

// Receipt is what a channel says of a parcel.
type Receipt struct {
	Outcome Outcome
	Answer  string // its own words, for those who look into a failure
}

// People is who works where: module/unit for crews, module/access for leaders.
type People interface {
	Duty(tx *sqldb.Tx, userID string) (Duty, error)
	// Leaders are the users who lead an organisation at a moment.
	Leaders(tx *sqldb.Tx, orgID string, at time.Time) ([]string, error)
}

// Owner is the module that a kind of subject belongs to.
type Owner interface {
	// MaySee says why a gated message about the subject must not be seen yet.
	MaySee(tx *sqldb.Tx, s Subject) error
}
