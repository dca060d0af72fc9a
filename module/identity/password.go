package identity

import (
	"context"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/sqldb"
)

// byPassword is the factor that there is.
const byPassword = "password"

// passwordFactor is what somebody knows. A hash whose scheme or costs are not
// today's is made anew when the password is at hand.
type passwordFactor struct{ Passwords }

func (f passwordFactor) Prove(ctx context.Context, a Account, given LogIn) (Account, bool, error) {
	right, stale, err := f.Verify(ctx, a.hash, given.Password)
	if err != nil || !right || a.ID == "" {
		return a, false, err
	}
	if stale {
		a.hash, err = f.Hash(ctx, given.Password)
	}
	return a, true, err
}

// SetUp is the password of somebody who was invited, or who has forgotten theirs.
type SetUp struct {
	Token    string `json:"token" required:"true" max:"64"`
	Password string `json:"password" required:"true" max:"128"`
}

// SetUp sets the password, uses the token up and ends what sessions there are.
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
		return Account{}, s.missed(ctx, err)
	}
	if err := s.Policy.CheckPassword(in.Password, a.Login); err != nil {
		return Account{}, err
	}
	hash, err := s.Passwords.Hash(ctx, in.Password) // slow on purpose: not inside the transaction
	if err != nil {
		return Account{}, err
	}
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Account, error) {
		a, err := find(tx) // nobody else has used the token meanwhile
		if err != nil {
			return a, err
		}
		return s.setPassword(ctx, tx, a, hash, "set up", "")
	})
}

// missed counts a wrong token against its address, and records it: tokens can be
// guessed at like passwords.
func (s *Service) missed(ctx context.Context, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	s.guard.blame(s.Policy, httpapi.ClientAddress(ctx), s.Now())
	if failed := s.record(ctx, s.atDoor(ctx, Account{}, "set up", "passwords", "token", fault.KeyOf(err))); failed != nil {
		return failed
	}
	return err
}

// setPassword keeps a new hash and ends every session but one.
func (s *Service) setPassword(ctx context.Context, tx *sqldb.Tx, a Account, hash, action, spare string) (Account, error) {
	a = a.WithPassword(hash, s.moment())
	if err := updateAccount(tx, &a); err != nil {
		return a, err
	}
	if _, err := tx.Exec(Queries["UseInvitations"], a.ID); err != nil {
		return a, err
	}
	if err := s.endAll(tx, a.ID, a.ID, spare); err != nil {
		return a, err
	}
	if err := s.Auditor.Record(tx, s.atDoor(ctx, a, action, "passwords/"+a.ID, byPassword, "ok")); err != nil {
		return a, err
	}
	return a, s.Bus.Publish(tx, s.Now(), AccountChanged{a.ID, a.State})
}

// NewPassword is one's old and new password.
type NewPassword struct {
	Old string `json:"old_password" required:"true" max:"128"`
	New string `json:"password" required:"true" max:"128"`
}

// ChangePassword sets one's own password; every other session of the account
// ends. A wrong old one counts as a failed log-in.
func (s *Service) ChangePassword(ctx context.Context, in NewPassword) (Account, error) {
	who := httpapi.Caller(ctx)
	a, err := s.Me(ctx, httpapi.Nothing{})
	if err != nil {
		return Account{}, err
	}
	if err := a.MayTry(s.Now()); err != nil {
		return Account{}, fault.New(fault.Forbidden, fault.KeyOf(err))
	}
	right, _, err := s.Passwords.Verify(ctx, a.hash, in.Old)
	if err != nil {
		return Account{}, err
	}
	if !right {
		return Account{}, s.wrongOld(ctx, a)
	}
	if in.New == in.Old {
		return Account{}, fault.At("/password", "identity.password_is_the_old_one")
	}
	if err := s.Policy.CheckPassword(in.New, a.Login); err != nil {
		return Account{}, err
	}
	hash, err := s.Passwords.Hash(ctx, in.New)
	if err != nil {
		return Account{}, err
	}
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Account, error) {
		fresh, err := accountByID(tx, a.ID)
		if err == nil && fresh.hash != a.hash {
			err = fault.New(fault.Stale, "request.stale") // it was set elsewhere meanwhile
		}
		if err != nil {
			return a, err
		}
		return s.setPassword(ctx, tx, fresh, hash, "change password", who.SessionID)
	})
}

func (s *Service) wrongOld(ctx context.Context, a Account) error {
	refusal := fault.At("/old_password", "identity.wrong_credentials")
	err := s.DB.Do(ctx, func(tx *sqldb.Tx) error {
		fresh, err := accountByID(tx, a.ID)
		if err != nil {
			return err
		}
		if err := noteLogin(tx, fresh.Failed(s.Policy, s.Now())); err != nil {
			return err
		}
		return s.Auditor.Record(tx, s.atDoor(ctx, a, "change password", "passwords/"+a.ID, byPassword, fault.KeyOf(refusal)))
	})
	if err != nil {
		return err
	}
	return refusal
}

// invitation writes a one-time token with which the account's owner sets a
// password; an earlier one is good no more.
func (s *Service) invitation(tx *sqldb.Tx, a Account) (token string, err error) {
	if _, err := tx.Exec(Queries["UseInvitations"], a.ID); err != nil {
		return "", err
	}
	token = ident.Secret()
	_, err = tx.Exec(Queries["Invite"], HashToken(token), a.ID, s.Now().Add(s.Policy.InviteFor).UnixMilli())
	return token, err
}
