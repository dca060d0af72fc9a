package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"zhian/app"
)

// door is where the web API is reached.
type door struct {
	Listen string `placeholder:"ADDR" default:"127.0.0.1:8110" env:"ZHIAN_LISTEN" help:"Address of the web API and its pages."`
}

type serve struct {
	site
	door
	links
	limits
	pages
	journal
	Division string `placeholder:"CODE" default:"330784" env:"ZHIAN_DIVISION" help:"Division of the centre (GB/T 2260), for the first run."`
}

// Help is shown by --help.
func (serve) Help() string {
	return `The first run makes three separate administrators (system, security, audit) and prints a one-time link for each.
There is no default password. Ctrl-C or SIGTERM drains: requests under way are finished, then the database is closed.`
}

// Run serves until it is told to stop.
func (s serve) Run(ctx context.Context, to terminal) error {
	c := s.pages.show(s.config())
	c.Log, c.Kafka, c.Redis, c.API = s.logger(to.err), s.Kafka, s.Redis, s.api()
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return err
	}
	l, err := app.Launch(ctx, c, s.Division, listener)
	if err != nil {
		return err
	}
	invite(to.out, l)
	fmt.Fprintf(to.out, "Zhian %s listens on %s\n", c.Version, webAddress(l.Base))
	c.Log.Info("serving", "version", c.Version, "address", l.Base)
	select {
	case <-ctx.Done():
		c.Log.Info("draining")
	case <-l.Ended():
	}
	if err := l.Close(); err != nil {
		return err
	}
	c.Log.Info("stopped: every request was finished and the database is closed")
	return nil
}

var duties = map[string]string{
	"system_admin":   "organisations, accounts, units, places",
	"security_admin": "who may do what",
	"audit_admin":    "what was done",
}

// invite prints the administrators' one-time links of a new centre.
func invite(w io.Writer, l *app.Launched) {
	if len(l.Invitations) == 0 {
		return
	}
	base := webAddress(l.Base)
	fmt.Fprintln(w, "Nobody had an account yet, so three separate administrators were made. None can do another's")
	fmt.Fprintln(w, "work, and none sees an incident. The links work once, within 72 hours, and are shown only now:")
	fmt.Fprintln(w)
	for _, in := range l.Invitations {
		fmt.Fprintf(w, "  %-9s %s/setup#%s\n            %s\n", in.Login, base, in.Token, duties[in.Role])
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "Without a browser, set a password (10 characters or more, of three kinds) and log in:")
	fmt.Fprintf(w, "  read -rs P; curl -sS %s/v1/setup -d '{\"token\":\"%s\",\"password\":\"'\"$P\"'\"}'\n", base, l.Invitations[0].Token)
	fmt.Fprintf(w, "  curl -sS %s/v1/login -d '{\"login\":\"%s\",\"password\":\"'\"$P\"'\"}'\n", base, l.Invitations[0].Login)
	fmt.Fprintln(w)
}

// webAddress is an address that a person on this machine can open: one that
// listens everywhere is reached under localhost.
func webAddress(base string) string {
	host, port, err := net.SplitHostPort(base[len("http://"):])
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return "http://localhost:" + port
	}
	return base
}

// onData builds the centre that a folder holds, without serving it, for commands
// that examine it.
func onData(ctx context.Context, s site, do func(*app.App) error) error {
	if err := app.HoldsCentre(s.config()); err != nil {
		return err
	}
	a, err := app.New(ctx, s.config())
	if err != nil {
		return err
	}
	return errors.Join(do(a), a.DB.Close())
}
