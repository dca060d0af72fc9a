package access

import (
	"slices"

	"zhian/platform/fault"
)

// CheckGrant refuses a grant that must not be: an unknown role, a wrong period,
// or a second administrator's role for one person. The rule looks at every grant
// that could ever be in force beside the new one, so that no order of granting
// gets around it.
func CheckGrant(g Grant, existing []Grant) error {
	if _, known := Roles[g.Role]; !known {
		return fault.At("/role", "access.unknown_role")
	}
	if !g.Until.IsZero() && !g.From.Before(g.Until) {
		return fault.At("/until", "access.period_empty")
	}
	if !slices.Contains(separated, g.Role) {
		return nil
	}
	for _, e := range existing {
		if e.RevokedAt.IsZero() && e.Role != g.Role && slices.Contains(separated, e.Role) && overlap(e, g) {
			return fault.With(fault.New(fault.Conflict, "access.administrators_are_separate"), "role", e.Role)
		}
	}
	return nil
}

func overlap(a, b Grant) bool {
	return (a.Until.IsZero() || b.From.Before(a.Until)) && (b.Until.IsZero() || a.From.Before(b.Until))
}

// CheckGranter refuses grants to oneself.
func CheckGranter(g Grant, by string) error {
	if g.UserID == by {
		return fault.New(fault.Forbidden, "access.not_to_yourself")
	}
	return nil
}
