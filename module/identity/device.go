package identity

import (
	"slices"

	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Stands says whether the session behind a live connection of this node is still
// open. The connection of a device counts as its use: an officer whose handset
// lies quiet through the night must be reachable. That of a screen does not: an
// empty desk is logged out.
func (s *Service) Stands(p httpapi.Principal) bool {
	now := s.Now()
	s.open.mu.Lock()
	defer s.open.mu.Unlock()
	known := s.open.of[s.open.byID[p.SessionID]]
	if known == nil || known.Over(s.Policy, now) {
		return false
	}
	if known.DeviceID != "" {
		s.see(known, now)
	}
	return true
}

// Devices are those on which a user's open sessions are, "" for sessions without
// one. A device is that of whoever has logged in on it last.
func (s *Service) Devices(tx *sqldb.Tx, userID string) (devices []string, err error) {
	now := s.Now()
	open, err := sqldb.List(tx, Queries["OpenSessions"], scanSession, userID, now.UnixMilli())
	for _, one := range open {
		if one.Over(s.Policy, now) || slices.Contains(devices, one.DeviceID) {
			continue
		}
		if one.DeviceID != "" {
			holder, err := sqldb.Get(tx, Queries["HolderOf"], sqldb.ScanString, one.DeviceID, now.UnixMilli())
			if err != nil {
				return nil, err
			}
			if holder != userID {
				continue
			}
		}
		devices = append(devices, one.DeviceID)
	}
	return devices, err
}
