package identity

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// NewAccount is what is said of somebody who joins.
type NewAccount struct {
	Login       string `json:"login" required:"true" max:"40"`
	DisplayName string `json:"display_name" required:"true" max:"60"`
	OrgID       string `json:"org_id" required:"true" max:"64"`
	Kind        string `json:"kind" enum:"user,service"`
}

// InvitedAccount holds the one-time token to set a password with: it is shown once.
type InvitedAccount struct {
	Account
	SetupToken string `json:"setup_token"`
}

// Invite makes an account without a password; nobody chooses one for another.
func (s *Service) Invite(ctx context.Context, n NewAccount) (InvitedAccount, error) {
	who := httpapi.Caller(ctx)
	if !s.Gate.Can(who, permWrite, n.OrgID) {
		return InvitedAccount{}, fault.New(fault.Forbidden, "identity.outside_your_scope")
	}
	return s.invite(ctx, n, who.UserID)
}

// Found invites the first administrators, before there is anybody to do it.
func (s *Service) Found(ctx context.Context, n NewAccount) (InvitedAccount, error) {
	return s.invite(ctx, n, "setup")
}

func (s *Service) invite(ctx context.Context, n NewAccount, by string) (InvitedAccount, error) {
	if err := CheckLogin(n.Login); err != nil {
		return InvitedAccount{}, err
	}
	if n.Kind == "" {
		n.Kind = userKind
	}
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (InvitedAccount, error) {
		a := Account{ID: s.IDs.Next(), Login: strings.ToLower(n.Login), DisplayName: n.DisplayName, OrgID: n.OrgID, Kind: n.Kind, State: Invited,
			CreatedAt: s.moment(), CreatedBy: by, EditCount: 1}
		httpapi.NoteChange(ctx, nil, a.fields())
		err := insertAccount(tx, a)
		if errors.Is(err, sqldb.ErrDuplicate) {
			return InvitedAccount{}, fault.New(fault.Conflict, "identity.login_taken")
		}
		if err != nil {
			return InvitedAccount{}, err
		}
		token, err := s.invitation(tx, a)
		if err != nil {
			return InvitedAccount{}, err
		}
		return InvitedAccount{a, token}, s.Bus.Publish(tx, s.Now(), AccountChanged{a.ID, a.State})
	})
}

// ByID names an account.
type ByID struct {
	ID string `path:"id"`
}

// Account is one of those in the caller's scope.
func (s *Service) Account(ctx context.Context, q ByID) (Account, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Account, error) {
		a, err := accountByID(tx, q.ID)
		if err == nil && !s.Gate.Can(httpapi.Caller(ctx), permRead, a.OrgID) {
			return Account{}, noSuchAccount()
		}
		return a, err
	})
}

func noSuchAccount() error { return fault.New(fault.NotFound, "identity.no_such_account") }

// Me is the caller's own account.
func (s *Service) Me(ctx context.Context, _ httpapi.Nothing) (Account, error) {
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (Account, error) { return accountByID(tx, httpapi.Caller(ctx).UserID) })
}

// Edit names an account that something is done with.
type Edit struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
}

// edit changes an account of somebody else in the caller's scope.
func (s *Service) edit(ctx context.Context, e Edit, change func(*sqldb.Tx, *Account) error) (Account, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Account, error) {
		who := httpapi.Caller(ctx)
		a, err := accountByID(tx, e.ID)
		switch {
		case err != nil:
			return a, err
		case !s.Gate.Can(who, permWrite, a.OrgID):
			return Account{}, noSuchAccount()
		case a.ID == who.UserID:
			return Account{}, fault.New(fault.Forbidden, "identity.not_to_yourself")
		}
		if err := httpapi.Match(e.IfMatch, a.Version()); err != nil {
			return a, err
		}
		before := a.fields()
		if err := change(tx, &a); err != nil {
			return a, err
		}
		httpapi.NoteChange(ctx, before, a.fields())
		if err := updateAccount(tx, &a); err != nil {
			return a, err
		}
		return a, s.Bus.Publish(tx, s.Now(), AccountChanged{a.ID, a.State})
	})
}

// Renaming is what can be changed of an account: its log-in name cannot, records
// hold it.
type Renaming struct {
	ID          string `path:"id"`
	IfMatch     string `header:"If-Match"`
	DisplayName string `json:"display_name" required:"true" max:"60"`
	OrgID       string `json:"org_id" required:"true" max:"64"`
}

// Change renames an account or moves it to another organisation. Sessions of one
// that has moved end: they carry where it was.
func (s *Service) Change(ctx context.Context, r Renaming) (Account, error) {
	return s.edit(ctx, Edit{r.ID, r.IfMatch}, func(tx *sqldb.Tx, a *Account) error {
		moved := r.OrgID != a.OrgID
		if moved && !s.Gate.Can(httpapi.Caller(ctx), permWrite, r.OrgID) {
			return fault.New(fault.Forbidden, "identity.outside_your_scope")
		}
		a.DisplayName, a.OrgID = r.DisplayName, r.OrgID
		if !moved {
			return nil
		}
		return s.endAll(tx, a.ID, httpapi.Caller(ctx).UserID, "")
	})
}

// Reissue makes a new one-time token: for who has lost the first, or the password.
// The old password stays good until the token is used.
func (s *Service) Reissue(ctx context.Context, e Edit) (InvitedAccount, error) {
	var token string
	a, err := s.edit(ctx, e, func(tx *sqldb.Tx, a *Account) (err error) {
		if a.State == Disabled {
			return fault.New(fault.Conflict, "identity.already_disabled")
		}
		token, err = s.invitation(tx, *a)
		return err
	})
	return InvitedAccount{a, token}, err
}

// Shutting is why an account is turned off.
type Shutting struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
	Reason  string `json:"reason" required:"true" max:"500"`
}

// Disable turns an account off, ends its sessions at once and takes back what
// invitation there is.
func (s *Service) Disable(ctx context.Context, w Shutting) (Account, error) {
	return s.edit(ctx, Edit{w.ID, w.IfMatch}, func(tx *sqldb.Tx, a *Account) error {
		if a.State == Disabled {
			return fault.New(fault.Conflict, "identity.already_disabled")
		}
		a.State, a.StateReason = Disabled, w.Reason
		if _, err := tx.Exec(Queries["UseInvitations"], a.ID); err != nil {
			return err
		}
		return s.endAll(tx, a.ID, httpapi.Caller(ctx).UserID, "")
	})
}

// Enable turns an account on again.
func (s *Service) Enable(ctx context.Context, e Edit) (Account, error) {
	return s.edit(ctx, e, func(_ *sqldb.Tx, a *Account) error {
		if a.State != Disabled {
			return fault.New(fault.Conflict, "identity.already_"+a.State)
		}
		a.State, a.StateReason = a.Enabled(), ""
		return nil
	})
}

// Locking is until when an account is locked, and why.
type Locking struct {
	ID      string    `path:"id"`
	IfMatch string    `header:"If-Match"`
	Until   time.Time `json:"until" required:"true"`
	Reason  string    `json:"reason" required:"true" max:"500"`
}

// Lock keeps an account from logging in for a time, and ends its sessions.
func (s *Service) Lock(ctx context.Context, l Locking) (Account, error) {
	return s.edit(ctx, Edit{l.ID, l.IfMatch}, func(tx *sqldb.Tx, a *Account) error {
		switch {
		case a.State != Active:
			return fault.New(fault.Conflict, "identity.already_"+a.State)
		case !l.Until.After(s.Now()):
			return fault.At("/until", "identity.lock_in_the_past")
		}
		a.LockedUntil, a.failures, a.StateReason = l.Until.UTC().Truncate(time.Millisecond), 0, l.Reason
		return s.endAll(tx, a.ID, httpapi.Caller(ctx).UserID, "")
	})
}

// Unlock lets an account log in again that its failures or somebody has locked.
func (s *Service) Unlock(ctx context.Context, e Edit) (Account, error) {
	return s.edit(ctx, e, func(_ *sqldb.Tx, a *Account) error {
		if !s.Now().Before(a.LockedUntil) && a.failures == 0 {
			return fault.New(fault.Conflict, "identity.not_locked")
		}
		a.LockedUntil, a.failures, a.StateReason = time.Time{}, 0, ""
		return nil
	})
}

// Empty says that nobody has an account yet: the first run.
func (s *Service) Empty(ctx context.Context) (bool, error) {
	n, err := sqldb.One(ctx, s.DB, Queries["CountAccounts"], sqldb.ScanInt)
	return n == 0, err
}

// Exists says whether somebody has an account with an id, disabled or not.
func (s *Service) Exists(tx *sqldb.Tx, id string) (bool, error) {
	_, err := accountByID(tx, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Some are the accounts with these ids, for the house itself; ids that nobody has
// are left out.
func (s *Service) Some(ctx context.Context, ids []string) ([]Account, error) {
	slices.Sort(ids)
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) ([]Account, error) {
		return sqldb.List(tx, Queries["AccountsByID"], scanAccount, sqldb.Texts(slices.Compact(ids)))
	})
}

// Named asks who somebody is.
type Named struct {
	IDs []string `query:"ids" required:"true" max:"100"`
}

// Name is what boards and timelines show of a member of the staff.
type Name struct {
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	OrgID       string `json:"org_id"`
}

// Names tells who these are; ids that nobody has are left out.
func (s *Service) Names(ctx context.Context, n Named) (httpapi.List[Name], error) {
	list := httpapi.List[Name]{Items: []Name{}}
	found, err := s.Some(ctx, n.IDs)
	for _, a := range found {
		list.Items = append(list.Items, Name{a.ID, a.DisplayName, a.OrgID})
	}
	return list, err
}
