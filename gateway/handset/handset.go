// Package handset brings messages to the devices that officers carry. A device is
// that of a session (it names itself at log-in) and belongs to whoever has logged
// in on it last. A message is a frame "inbox.message" on the live connection of
// the device; where there is none it waits, and goes out when the device connects.
// The delivery's id is in the frame: a device that gets one twice shows it once.
package handset

import (
	"context"

	"zhian/module/notify"
	"zhian/platform/httpapi"
	"zhian/platform/live"
	"zhian/platform/sqldb"
)

// Name is the channel's in ladders and deliveries.
const Name = "handset"

// Sessions knows where people are logged in: module/identity.
type Sessions interface {
	// Devices are those on which a user's open sessions are, "" for sessions
	// without one; a device that somebody else has taken over is not theirs.
	Devices(tx *sqldb.Tx, userID string) ([]string, error)
}

// Hub knows the live connections of this node: platform/live.
type Hub interface {
	Hand(userID string, fits func(httpapi.Principal) bool, f live.Frame) (taken int)
}

// Channel is the way to devices (notify.Channel).
type Channel struct {
	Sessions Sessions
	Hub      Hub
}

// Reaches asks for a session, and for one with a device.
func (c Channel) Reaches(tx *sqldb.Tx, userID string) (why string, err error) {
	devices, err := c.Sessions.Devices(tx, userID)
	if err != nil || len(devices) == 0 {
		return "logged_out", err
	}
	for _, d := range devices {
		if d != "" {
			return "", nil
		}
	}
	return "no_device", nil
}

// Send hands the parcel to the user's devices that are connected to this node.
func (c Channel) Send(_ context.Context, p notify.Parcel) notify.Receipt {
	if c.Hub.Hand(p.UserID, Carries, notify.Frame(p)) == 0 {
		return notify.Receipt{Outcome: notify.Nobody}
	}
	return notify.Receipt{Outcome: notify.Taken}
}

// Carries says that a connection is that of a device.
func Carries(p httpapi.Principal) bool { return p.DeviceID != "" }
