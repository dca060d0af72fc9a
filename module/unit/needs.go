package unit

import "zhian/platform/live"

// Screens are told where units are; what does not get there is lost, and the next
// position says more: platform/live.
type Screens interface {
	ToTopic(topic, orgID string, f live.Frame)
}
