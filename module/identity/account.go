package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
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
		n.Kind = "user"
	}
	token := ident.Secret()
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (InvitedAccount, error) {
		now := s.Now().UTC().Truncate(time.Millisecond)
		a := Account{ID: s.IDs.Next(), Login: strings.ToLower(n.Login), DisplayName: n.DisplayName, OrgID: n.OrgID, Kind: n.Kind, State: Invited,
			CreatedAt: now, CreatedBy: by, EditCount: 1}
		err := insertAccount(tx, a)
		if errors.Is(err, sqldb.ErrDuplicate) {
			return InvitedAccount{}, fault.New(fault.Conflict, "identity.login_taken")
		}
		if err != nil {
			return InvitedAccount{}, err
		}
		if _, err := tx.Exec(Queries["Invite"], HashToken(token), a.ID, now.Add(s.Policy.InviteFor).UnixMilli()); err != nil {
			return InvitedAccount{}, err
		}
		return InvitedAccount{a, token}, s.Bus.Publish(tx, now, AccountChanged{a.ID, a.State})
	})
}

// SetUp is the first password of an invited account.
type SetUp struct {
	Token    string `json:"token" required:"true" max:"64"`
	Password string `json:"password" required:"true" max:"128"`
}

// SetUp sets the password and uses the invitation up.
func (s *Service) SetUp(ctx context.Context, in SetUp) (Account, error) {
	find := func(tx *sqldb.Tx) (Account, error) {
		id, err := sqldb.Get(tx, Queries["Invitation"], sqldb.ScanString, HashToken(in.Token), s.Now().UnixMilli())
		if err == sqldb.ErrNone {
			return Account{}, fault.New(fault.NotFound, "identity.no_such_invitation")
		}
		if err != nil {
			return Account{}, err
		}
		return accountByID(tx, id)
	}
	a, err := sqldb.Read(ctx, s.DB, find)
	if err != nil {
		return Account{}, err
	}
	if err := s.Policy.CheckPassword(in.Password, a.Login); err != nil {
		return Account{}, err
	}
	hash, err := s.Passwords.Hash(ctx, in.Password) // slow on purpose: not inside the transaction
	if err != nil {
		return Account{}, err
	}
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Account, error) {
		a, err := find(tx)
		if err != nil {
			return a, err
		}
		a.hash, a.State = hash, Active
		if err := updateAccount(tx, a); err != nil {
			return a, err
		}
		if _, err := tx.Exec(Queries["UseInvitations"], a.ID); err != nil {
			return a, err
		}
		return a, s.Bus.Publish(tx, s.Now(), AccountChanged{a.ID, a.State})
	})
}

// Switching turns an account off or on.
type Switching struct {
	ID      string `path:"id"`
	IfMatch string `header:"If-Match"`
}

// Disable turns an account off and ends its sessions at once.
func (s *Service) Disable(ctx context.Context, w Switching) (Account, error) {
	return s.turn(ctx, w, Disabled)
}

// Enable turns an account on again.
func (s *Service) Enable(ctx context.Context, w Switching) (Account, error) {
	return s.turn(ctx, w, Active)
}

func (s *Service) turn(ctx context.Context, w Switching, state string) (Account, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Account, error) {
		who := httpapi.Caller(ctx)
		a, err := accountByID(tx, w.ID)
		if err != nil {
			return a, err
		}
		switch {
		case !s.Gate.Can(who, permWrite, a.OrgID):
			return Account{}, fault.New(fault.NotFound, "identity.no_such_account")
		case a.ID == who.UserID:
			return Account{}, fault.New(fault.Forbidden, "identity.not_to_yourself")
		case a.State == Invited || a.State == state:
			return Account{}, fault.New(fault.Conflict, "identity.already_"+a.State)
		}
		if err := httpapi.Match(w.IfMatch, a.Version()); err != nil {
			return a, err
		}
		a.State = state
		if err := updateAccount(tx, a); err != nil {
			return a, err
		}
		a.EditCount++
		if err := s.endAll(tx, a.ID, who.UserID); err != nil {
			return a, err
		}
		return a, s.Bus.Publish(tx, s.Now(), AccountChanged{a.ID, state})
	})
}

// Listing asks for a page of accounts.
type Listing struct {
	After string `query:"after" max:"64"`
	Limit int    `query:"limit" min:"1" max:"500"`
}

// Accounts lists those in the caller's scope, by log-in name.
func (s *Service) Accounts(ctx context.Context, l Listing) (httpapi.List[Account], error) {
	if l.Limit == 0 {
		l.Limit = 100
	}
	return sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (httpapi.List[Account], error) {
		page := httpapi.List[Account]{Items: []Account{}}
		for {
			batch, err := sqldb.List(tx, Queries["Accounts"], scanAccount, l.After, l.Limit)
			if err != nil {
				return page, err
			}
			for _, a := range batch {
				l.After = a.Login
				if !s.Gate.Can(httpapi.Caller(ctx), permRead, a.OrgID) {
					continue
				}
				if page.Items = append(page.Items, a); len(page.Items) == l.Limit {
					page.Next = l.After
					return page, nil
				}
			}
			if len(batch) < l.Limit {
				return page, nil
			}
		}
	})
}

// Empty says that nobody has an account yet: the first run.
func (s *Service) Empty(ctx context.Context) (bool, error) {
	n, err := sqldb.Read(ctx, s.DB, func(tx *sqldb.Tx) (int64, error) { return sqldb.Get(tx, Queries["CountAccounts"], sqldb.ScanInt) })
	return n == 0, err
}
