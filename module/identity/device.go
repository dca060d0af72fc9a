package identity

import (
	"cmp"
	"context"
	"slices"
	"time"

	"zhian/platform/fault"
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
		if one.SeenAt = s.lastSeen(one); one.Over(s.Policy, now) || slices.Contains(devices, one.DeviceID) {
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

// meet registers the device of a log-in as its user's. Fault Unauthenticated
// "identity.device_blocked".
func (s *Service) meet(tx *sqldb.Tx, id string, a Account) error {
	if id == "" {
		return nil
	}
	now := s.moment()
	d, err := sqldb.Get(tx, Queries["DeviceByID"], scanDevice, id)
	switch {
	case err == sqldb.ErrNone:
		d = Device{ID: id, FirstAt: now}
	case err != nil:
		return err
	case d.Blocked():
		return fault.New(fault.Unauthenticated, "identity.device_blocked")
	}
	d.UserID, d.OrgID, d.SeenAt = a.ID, a.OrgID, now
	return putDevice(tx, d)
}

// DeviceListing asks for a page of devices, by id.
type DeviceListing struct {
	UserID string `query:"user_id" max:"64"` // whose; empty: one's own
	After  string `query:"after" max:"64"`
	Limit  int    `query:"limit" min:"1" max:"500"`
}

// DeviceList lists the devices of one account: one's own, or another's as one who
// may end their sessions.
func (s *Service) DeviceList(ctx context.Context, l DeviceListing) (page httpapi.List[Device], err error) {
	l.Limit = cmp.Or(l.Limit, usualPage)
	page.Items, err = sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Device, error) {
		a, err := s.ofAccount(ctx, tx, l.UserID)
		if err != nil {
			return nil, err
		}
		return sqldb.List(tx, Queries["DevicesOf"], scanDevice, a.ID, l.After, l.Limit+1)
	})
	if len(page.Items) > l.Limit {
		page.Items = page.Items[:l.Limit]
		page.Next = page.Items[l.Limit-1].ID
	}
	return page, err
}

// ofAccount is the account whose things somebody wants to see: their own for "".
func (s *Service) ofAccount(ctx context.Context, tx *sqldb.Tx, userID string) (Account, error) {
	who := httpapi.Caller(ctx)
	a, err := accountByID(tx, cmp.Or(userID, who.UserID))
	if err == nil && a.ID != who.UserID && !s.Gate.Can(who, permSession, a.OrgID) {
		err = noSuchAccount()
	}
	return a, err
}

// Blocking is why a device is blocked.
type Blocking struct {
	ID     string `path:"id"`
	Reason string `json:"reason" required:"true" max:"500"`
}

// Block shuts a device out, as when it is lost: its sessions end at once, and
// nobody logs in on it until it is let in again, or has been forgotten.
func (s *Service) Block(ctx context.Context, b Blocking) (Device, error) {
	return s.turnDevice(ctx, b.ID, func(tx *sqldb.Tx, d *Device) error {
		if d.Blocked() {
			return fault.New(fault.Conflict, "identity.device_already_blocked")
		}
		d.SeenAt = s.moment() // it is remembered from now on
		d.BlockedAt, d.BlockedBy, d.BlockReason = d.SeenAt, httpapi.Caller(ctx).UserID, b.Reason
		open, err := sqldb.List(tx, Queries["SessionsOn"], scanSession, d.ID, s.Now().UnixMilli())
		if err != nil {
			return err
		}
		return s.endThese(tx, open, d.BlockedBy)
	})
}

// Unblock lets a device in again; not its owner, who may not be the one who has it.
func (s *Service) Unblock(ctx context.Context, q ByID) (Device, error) {
	return s.turnDevice(ctx, q.ID, func(_ *sqldb.Tx, d *Device) error {
		switch {
		case !d.Blocked():
			return fault.New(fault.Conflict, "identity.device_not_blocked")
		case !s.Gate.Can(httpapi.Caller(ctx), permSession, d.OrgID):
			return fault.New(fault.Forbidden, "identity.not_to_yourself")
		}
		d.BlockedAt, d.BlockedBy, d.BlockReason = time.Time{}, "", ""
		return nil
	})
}

func (s *Service) turnDevice(ctx context.Context, id string, change func(*sqldb.Tx, *Device) error) (Device, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Device, error) {
		who := httpapi.Caller(ctx)
		d, err := sqldb.Get(tx, Queries["DeviceByID"], scanDevice, id)
		if err == sqldb.ErrNone || err == nil && d.UserID != who.UserID && !s.Gate.Can(who, permSession, d.OrgID) {
			return Device{}, fault.New(fault.NotFound, "identity.no_such_device")
		}
		if err != nil {
			return Device{}, err
		}
		if err := change(tx, &d); err != nil {
			return d, err
		}
		return d, putDevice(tx, d)
	})
}

// lastSeen is as this node knows it, if it has served the session later than the
// table says.
func (s *Service) lastSeen(one Session) time.Time {
	s.open.mu.RLock()
	defer s.open.mu.RUnlock()
	if known := s.open.of[one.tokenHash]; known != nil && known.SeenAt.After(one.SeenAt) {
		return known.SeenAt
	}
	return one.SeenAt
}
