package app

import (
	"zhian/module/access"
	"zhian/module/identity"
	"zhian/module/incident"
	"zhian/module/notify"
	"zhian/module/org"
	"zhian/module/pace"
	"zhian/module/unit"
	"zhian/platform/bus"
)

// Facts are all that the rooms publish, for the list that other systems read.
var Facts = []bus.Fact{
	org.Changed{},
	identity.SessionEnded{}, identity.AccountChanged{},
	access.Changed{},
	unit.Changed{},
	notify.Queued{}, notify.Progressed{}, notify.Shortfall{}, notify.Escalated{}, notify.Withdrawn{},
	incident.Received{}, incident.Dispatched{}, incident.Progressed{}, incident.Contacted{}, incident.Ended{}, incident.Changed{},
	pace.Warned{}, pace.Breached{}, pace.Revised{}, pace.Defined{},
}
