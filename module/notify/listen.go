package notify

import (
	"zhian/platform/bus"
	"zhian/platform/live"
)

// Listen sends what is queued, on the node to which a recipient is connected:
// every node hears of it and tries.
func (s *Service) Listen() {
	bus.Tail(s.Bus, func(_ bus.Meta, f Queued) {
		s.laneOf(f.Class).put(errand{message: f.MessageID, only: setOf(f.Users)})
	})
	bus.Tail(s.Bus, func(_ bus.Meta, f Escalated) {
		e := errand{message: f.MessageID, only: setOf(f.Users)}
		if f.Audience == Again {
			e.reminder = f.Rung
		}
		if len(f.Users) > 0 {
			s.laneOf(f.Class).put(e)
		}
	})
}

func setOf(users []string) map[string]bool {
	set := make(map[string]bool, len(users))
	for _, u := range users {
		set[u] = true
	}
	return set
}

// Frame is a parcel on a live connection.
func Frame(p Parcel) live.Frame { return live.Frame{Type: "inbox.message", Data: p} }

// topic is under which screens see what becomes of messages, at the message's
// organisation.
const topic = "notify"

// Show tells screens: those who watch an organisation, the sender of what nobody
// gets, and each recipient what concerns their own inbox.
func (s *Service) Show(h *live.Hub) {
	h.Open(topic, permRead)
	live.Project(h, func(_ bus.Meta, f Queued) []live.Message { return watched(f, f.About) })
	live.Project(h, func(_ bus.Meta, f Progressed) []live.Message {
		return append(watched(f, f.About), own("inbox.progressed", f, f.UserID)...)
	})
	live.Project(h, func(_ bus.Meta, f Shortfall) []live.Message {
		return append(watched(f, f.About), own("inbox.shortfall", f, f.Sender)...)
	})
	live.Project(h, func(_ bus.Meta, f Escalated) []live.Message { return watched(f, f.About) })
	live.Project(h, func(_ bus.Meta, f Withdrawn) []live.Message {
		return append(watched(f, f.About), own("inbox.withdrawn", f, f.Users...)...)
	})
}

func watched(f bus.Fact, a About) []live.Message {
	return []live.Message{{Topic: topic, OrgID: a.OrgID, Type: f.FactName(), Data: f}}
}

func own(kind string, f bus.Fact, users ...string) (list []live.Message) {
	for _, u := range users {
		if u != "" {
			list = append(list, live.Message{UserID: u, Type: kind, Data: f})
		}
	}
	return list
}
