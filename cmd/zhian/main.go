// Command zhian runs and examines an emergency command centre.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"zhian/app"
	"zhian/platform/ledger"
)

// commands is the whole command line.
type commands struct {
	Serve   serve   `cmd:"" help:"Run the service. The first run creates the three separate administrators and prints their one-time tokens."`
	Migrate migrate `cmd:"" help:"Bring the database's tables up to date, and do nothing else."`
	Doctor  doctor  `cmd:"" help:"Check the database against its ledger, and every incident against its timeline."`
	Export  export  `cmd:"" help:"Write the ledger with its rows as a bundle that anybody can verify offline."`
	Verify  verify  `cmd:"" help:"Verify an exported bundle, without a database and without a network."`
	Config  config  `cmd:"" help:"Print the effective configuration."`
}

// site is what every command on a centre's data takes.
type site struct {
	Data     string `help:"Folder of keys and of the embedded database." default:"data" env:"ZHIAN_DATA" type:"path"`
	Database string `help:"postgres://… instead of the embedded database." env:"ZHIAN_DATABASE"`
	Origin   string `help:"Name of this centre's ledger." default:"zhian.local" env:"ZHIAN_ORIGIN"`
	Profile  string `help:"Algorithms: standard, or gm for Chinese commercial ones." enum:"standard,gm" default:"standard" env:"ZHIAN_PROFILE"`
	Zone     string `help:"Time zone of the centre." default:"Asia/Shanghai" env:"ZHIAN_ZONE"`
}

func (s site) config() app.Config {
	return app.Config{Data: s.Data, Database: s.Database, Origin: s.Origin, Profile: s.Profile, Zone: s.Zone}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var c commands
	k := kong.Parse(&c, kong.Name("zhian"), kong.Description("Operations platform of an emergency command centre."),
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)))
	k.FatalIfErrorf(k.Run())
}

type serve struct {
	site
	Listen   string `help:"Address of the web API." default:"127.0.0.1:8110" env:"ZHIAN_LISTEN"`
	Division string `help:"Division of the centre (GB/T 2260), for the first run." default:"330784"`
}

func (s serve) Run(ctx context.Context) error {
	c := s.config()
	c.Listen = s.Listen
	c.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, c)
	if err != nil {
		listener.Close()
		return err
	}
	invitations, err := a.Found(ctx, s.Division)
	if err != nil {
		listener.Close()
		return errors.Join(err, a.DB.Close())
	}
	for i, in := range invitations {
		if i == 0 {
			fmt.Println("Nobody has an account yet. Three administrators were made; none of them can do another's work.")
			fmt.Println("Each sets a password within 72 hours with POST /v1/setup {\"token\": …, \"password\": …}. The tokens are shown only now:")
		}
		fmt.Printf("  %-9s %s\n", in.Login, in.Token)
	}
	fmt.Printf("Zhian listens on http://%s\n", listener.Addr())
	return a.Run(ctx, listener)
}

type migrate struct{ site }

func (m migrate) Run(ctx context.Context) error {
	a, err := app.New(ctx, m.config())
	if err != nil {
		return err
	}
	fmt.Println("The tables are up to date.")
	return a.DB.Close()
}

type doctor struct {
	site
	Rebuild bool `help:"Fold every incident again and mend the rows that differ."`
}

func (d doctor) Run(ctx context.Context) error {
	a, err := app.New(ctx, d.config())
	if err != nil {
		return err
	}
	defer a.DB.Close()
	health, err := a.Examine(ctx, d.Rebuild)
	if err != nil {
		return err
	}
	if err := print(health); err != nil {
		return err
	}
	if !health.Ledger.OK() || len(health.Differing) > 0 && !d.Rebuild {
		return errors.New("the database is not what was written to it")
	}
	return nil
}

type export struct {
	site
	Out string `arg:"" help:"File to write."`
}

func (e export) Run(ctx context.Context) error {
	a, err := app.New(ctx, e.config())
	if err != nil {
		return err
	}
	defer a.DB.Close()
	f, err := os.OpenFile(e.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(a.Export(ctx, f), f.Sync(), f.Close()); err != nil {
		return err
	}
	fmt.Printf("Wrote %s. Whoever checks it should know these keys from elsewhere:\n", e.Out)
	for _, key := range a.Ledger.PublicKeys() {
		fmt.Println("  " + key)
	}
	return nil
}

type verify struct {
	Bundle string   `arg:"" help:"File that zhian export wrote." type:"existingfile"`
	Key    []string `help:"Public key that you trust; without one the bundle's own is used, and proves only that the bundle fits together."`
}

func (v verify) Run() error {
	f, err := os.Open(v.Bundle)
	if err != nil {
		return err
	}
	defer f.Close()
	report, err := ledger.Verify(io.Reader(f), ledger.Trust{Keys: v.Key})
	if err != nil {
		return err
	}
	if err := print(report); err != nil {
		return err
	}
	if !report.OK() {
		return errors.New("the bundle is not what was signed")
	}
	return nil
}

type config struct{ site }

func (c config) Run() error { return print(c.site) }

func print(v any) error {
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
