package app

import (
	"context"
	"errors"
	"net"

	"zhian/module/access"
	"zhian/module/identity"
	"zhian/platform/apiclient"
	"zhian/platform/ident"
)

// Launched is a centre that serves inside this process.
type Launched struct {
	*App
	Base        string       // address of its web API
	Invitations []Invitation // of its first administrators, when it is new

	stop  context.CancelFunc
	ended chan struct{}
	err   error
}

// Launch serves a centre on a listener, and founds it when it is new. Close must
// be called; the end of ctx alone does not stop it, so that whoever uses it can
// finish first.
func Launch(ctx context.Context, c Config, division string, listener net.Listener) (*Launched, error) {
	mine, err := claim(c)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	c.serving = true
	a, err := New(ctx, c)
	if err != nil {
		return nil, errors.Join(err, listener.Close(), mine.Close())
	}
	invitations, err := a.Found(ctx, division)
	if err != nil {
		return nil, errors.Join(err, listener.Close(), a.close(), mine.Close())
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &Launched{App: a, Base: "http://" + listener.Addr().String(), Invitations: invitations, stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		l.err = errors.Join(a.Run(running, listener), mine.Close())
	}()
	return l, nil
}

// Ended is closed when the centre serves no more, by itself or by Close.
func (l *Launched) Ended() <-chan struct{} { return l.ended }

// Close drains the centre and says how it ended. It may be called again.
func (l *Launched) Close() error {
	l.stop()
	<-l.ended
	return l.err
}

// Enter uses an invitation as a person would: sets a password and logs in with it.
func (l *Launched) Enter(ctx context.Context, in Invitation, password string) (*apiclient.Client, error) {
	public := apiclient.New(l.Base, "")
	if _, err := public.Post(ctx, "/v1/setup", "", map[string]string{"token": in.Token, "password": password}, nil); err != nil {
		return nil, err
	}
	var session struct {
		Token string `json:"token"`
	}
	_, err := public.Post(ctx, "/v1/login", "", map[string]string{"login": in.Login, "password": password}, &session)
	return public.As(session.Token), err
}

// NewPassword is a random one that every policy takes.
func NewPassword() string { return "Aa1-" + ident.Secret() }

// Enlist makes a service account with a role over the whole centre, as whoever
// holds its data folder may. The role ends by itself after a day.
func (a *App) Enlist(ctx context.Context, login, role string) (Invitation, error) {
	root, err := a.Org.Top(ctx)
	if err != nil {
		return Invitation{}, err
	}
	account, err := a.Identity.Found(ctx, identity.NewAccount{Login: login, DisplayName: login, OrgID: root, Kind: "service"})
	if err != nil {
		return Invitation{}, err
	}
	until := a.Config.Now().AddDate(0, 0, 1)
	if _, err := a.Access.Found(ctx, access.Request{UserID: account.ID, Role: role, OrgID: root, Until: until, Reason: "command line"}); err != nil {
		return Invitation{}, err
	}
	return Invitation{account.Login, role, account.SetupToken}, nil
}
