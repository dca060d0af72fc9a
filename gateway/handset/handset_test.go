package handset

import (
	"errors"
	"testing"

	"zhian/module/notify"
	"zhian/platform/httpapi"
	"zhian/platform/live"
	"zhian/platform/sqldb"
)

var _ notify.Channel = Channel{}

type sessions map[string][]string

func (s sessions) Devices(_ *sqldb.Tx, user string) ([]string, error) {
	if user == "broken" {
		return nil, errors.New("the database is out")
	}
	return s[user], nil
}

// hub has connections, by user, and keeps what they were handed.
type hub struct {
	connected map[string][]httpapi.Principal
	handed    []live.Frame
}

func (h *hub) Hand(user string, fits func(httpapi.Principal) bool, f live.Frame) (taken int) {
	for _, p := range h.connected[user] {
		if fits(p) {
			h.handed = append(h.handed, f)
			taken++
		}
	}
	return taken
}

func TestReaches(t *testing.T) {
	c := Channel{Sessions: sessions{"officer": {"", "d1"}, "desk": {""}}}
	for user, want := range map[string]string{"officer": "", "desk": "no_device", "nobody": "logged_out"} {
		if why, err := c.Reaches(nil, user); why != want || err != nil {
			t.Errorf("%s: %q, %v", user, why, err)
		}
	}
	if _, err := c.Reaches(nil, "broken"); err == nil {
		t.Error("an error was swallowed")
	}
}

func TestOnlyDevicesAreHandedTheParcel(t *testing.T) {
	h := &hub{connected: map[string][]httpapi.Principal{"both": {{UserID: "both"}, {UserID: "both", DeviceID: "d1"}}, "desk": {{UserID: "desk"}}}}
	c := Channel{Hub: h}
	for user, want := range map[string]notify.Outcome{"both": notify.Taken, "desk": notify.Nobody, "away": notify.Nobody} {
		h.handed = nil
		got := c.Send(t.Context(), notify.Parcel{DeliveryID: "d", UserID: user})
		if got.Outcome != want || (len(h.handed) == 1) != (want == notify.Taken) {
			t.Errorf("%s: %+v, handed %d", user, got, len(h.handed))
		}
	}
}
