// Package inapp brings messages to whatever screens somebody has open, other than
// the device that they carry: a frame "inbox.message" on each live connection.
// Where there is none, the message waits in their inbox, and goes out when a
// screen connects.
package inapp

import (
	"context"

	"zhian/module/notify"
	"zhian/platform/httpapi"
	"zhian/platform/live"
	"zhian/platform/sqldb"
)

// Name is the channel's in ladders and deliveries.
const Name = "inapp"

// Sessions knows where people are logged in: module/identity.
type Sessions interface {
	// Devices are those on which a user's open sessions are, "" for sessions
	// without one.
	Devices(tx *sqldb.Tx, userID string) ([]string, error)
}

// Hub knows the live connections of this node: platform/live.
type Hub interface {
	Hand(userID string, fits func(httpapi.Principal) bool, f live.Frame) (taken int)
}

// Channel is the way to screens (notify.Channel).
type Channel struct {
	Sessions Sessions
	Hub      Hub
}

// Reaches asks for a session.
func (c Channel) Reaches(tx *sqldb.Tx, userID string) (why string, err error) {
	devices, err := c.Sessions.Devices(tx, userID)
	if err != nil || len(devices) == 0 {
		return "logged_out", err
	}
	return "", nil
}

// Send hands the parcel to the user's screens that are connected to this node.
func (c Channel) Send(_ context.Context, p notify.Parcel) notify.Receipt {
	if c.Hub.Hand(p.UserID, Shows, notify.Frame(p)) == 0 {
		return notify.Receipt{Outcome: notify.Nobody}
	}
	return notify.Receipt{Outcome: notify.Taken}
}

// Shows says that a connection is a screen's.
func Shows(p httpapi.Principal) bool { return p.DeviceID == "" }
