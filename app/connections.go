package app

import (
	"context"

	"zhian/gateway/handset"
	"zhian/gateway/inapp"
	"zhian/module/access"
	"zhian/module/identity"
	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/live"
)

// connections is the live channel at the door of the house.
type connections struct{ *App }

const permLive httpapi.Perm = "live.connect"

// Routes is GET /v1/live.
func (c connections) Routes() []httpapi.Route { return c.Live.Routes(permLive) }

// Why a connection is ended; the client logs in again, or connects anew and loads
// what it may see now.
const (
	sessionEnded  = "session_ended"
	rightsChanged = "rights_changed"
)

// Show hooks the hub to what concerns connections themselves: the end of a
// session and a change of rights end theirs, and who has just connected gets what
// has waited for them.
func (c connections) Show(h *live.Hub) {
	bus.Tail(c.Bus, func(_ bus.Meta, f identity.SessionEnded) {
		h.Drop(sessionEnded, func(p httpapi.Principal) bool { return p.SessionID == f.SessionID })
	})
	bus.Tail(c.Bus, func(_ bus.Meta, f access.Changed) {
		h.Drop(rightsChanged, func(p httpapi.Principal) bool { return p.UserID == f.UserID })
	})
	h.OnJoin(func(p httpapi.Principal) {
		channel := inapp.Name
		if handset.Carries(p) {
			channel = handset.Name
		}
		c.Notify.Reach(p.UserID, channel)
	})
}

// keepConnections ends those whose session has ended by itself.
func (a *App) keepConnections(context.Context) error {
	a.Live.Drop(sessionEnded, func(p httpapi.Principal) bool { return !a.Identity.Stands(p) })
	return nil
}
