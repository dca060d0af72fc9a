package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"text/tabwriter"
	"time"

	"zhian/app"
	"zhian/twin"
)

type demo struct {
	Seed   uint64  `placeholder:"N" help:"Which city: the same number gives the same city and the same calls. Without it, one at random."`
	Speed  float64 `placeholder:"X" default:"1" help:"Seconds of the city in one second, 0.1 to 600. Everything goes by that clock, and /v1/about says so."`
	Data   string  `placeholder:"DIR" type:"path" help:"Keep the data in this folder, which must not hold a centre yet. Without it they are thrown away."`
	Listen string  `placeholder:"ADDR" default:"127.0.0.1:8110" help:"Address of the web API and its pages. Beyond this machine only if you say so: whoever reaches it may log in as anybody."`
	pages
	journal
}

// The city begins with a history, so that its board is not empty, and its centre
// with the records of some weeks, so that its figures say something: those of a
// part of what happened, since a newcomer waits while they are written.
const (
	history = 40 * time.Minute
	past    = 28 * 24 * time.Hour
	share   = 0.1
)

// Help is shown by --help.
func (demo) Help() string {
	return `A city of 15 stations, 120 units and 300 officers, all made up but for the names of its towns and villages. Calls come
by hour and day of the week; crews are sometimes late and sometimes forget a button. All of it goes through the same
API as everybody's. Of the four weeks before, one call in ten is on record with its clocks, written down by the same rules.
POST /v1/demo/login lets you in under any role; it exists in a demonstration only. Ctrl-C ends it.`
}

// Validate refuses speeds that no machine could show (kong).
func (d demo) Validate() error {
	if d.Speed < 0.1 || d.Speed > 600 {
		return fmt.Errorf("--speed must be from 0.1 to 600, not %v", d.Speed)
	}
	return nil
}

// Run shows the city until it is told to stop.
func (d demo) Run(ctx context.Context, to terminal) (err error) {
	if d.Seed == 0 {
		d.Seed = uint64(rand.Uint32())
	}
	kept, err := folderOr(d.Data, "zhian-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.close()) }()
	listener, err := net.Listen("tcp", d.Listen)
	if err != nil {
		return err
	}
	log := d.logger(to.err)
	shown, err := app.Demonstrate(ctx, d.pages.show(app.Config{Data: kept.path, Version: versionOf(), Log: log}),
		app.Scene{Seed: d.Seed, Speed: d.Speed, History: history, Past: past, Share: share}, listener)
	if errors.Is(err, app.ErrLived) {
		return fmt.Errorf("%s holds a centre already; a demonstration needs a folder of its own", d.Data)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(to.out, "Zhian %s, demonstration: %s  (the city is being built …)\n", versionOf(), webAddress(shown.Base))
	return errors.Join(d.show(ctx, to, shown), shown.Close())
}

// show builds the city, lets it live and says at the end what happened.
func (d demo) show(ctx context.Context, to terminal, shown *app.Demo) error {
	err := shown.Settle(ctx)
	if ctx.Err() != nil {
		fmt.Fprintln(to.out, "\nStopped before the city stood.")
		return nil
	}
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	context.AfterFunc(ctx, func() { fmt.Fprintln(to.out, "\nFinishing what is under way …") })
	go func() {
		<-shown.Ended()
		stop()
	}()
	shown.WhenLiving(func() { d.welcome(to.out, webAddress(shown.Base)) })
	log := d.logger(to.err)
	shown.Live(ctx, func(err error) {
		if errors.Is(err, twin.ErrRefused) {
			log.Debug("the centre refused", "error", err)
			return
		}
		log.Warn("the city meets trouble", "error", err)
	})
	return d.farewell(context.WithoutCancel(ctx), to.out, shown)
}

// welcome says where to go and what to try.
func (d demo) welcome(w io.Writer, base string) {
	fmt.Fprintf(w, `
The city lives: seed %d, %v × as fast as the world. Nothing in it is real. Ctrl-C ends it.

  Page             %s/
  API              %s/v1/openapi.json
  Time and speed   %s/v1/about

Log in as somebody (no password; in a demonstration only), then look around:

  A=%s
  T=$(curl -s $A/v1/demo/login -d '{"role":"dispatcher"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
  H="Authorization: Bearer $T"
  curl -s -H "$H" $A/v1/board
  curl -s -H "$H" "$A/v1/pace/report?by=station&from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"

Take a call yourself:

  curl -s -H "$H" $A/v1/incidents \
    -d '{"kind_code":"4","position":{"lat":28.9,"lon":120.03},"narrative":"test"}'

Watch what happens, as it happens (frames of a WebSocket; Ctrl-C ends it):

  curl -sN --http1.1 -H "$H" $A/v1/live -H "Connection: Upgrade" -H "Upgrade: websocket" \
    -H "Sec-WebSocket-Version: 13" -H "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==" | LC_ALL=C tr '\201' '\n'

All roles: %s/v1/demo/roles
`, d.Seed, d.Speed, base, base, base, base, base)
	if !loopback(base) {
		fmt.Fprintln(w, "\nThis address can be reached from outside: whoever does may log in as anybody.")
	}
}

// loopback says that an address cannot be reached from another machine.
func loopback(base string) bool {
	host, _, err := net.SplitHostPort(base[len("http://"):])
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// farewell says what happened.
func (d demo) farewell(ctx context.Context, w io.Writer, shown *app.Demo) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	t, err := shown.Tally(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "The city lived %v: %d calls taken, %d of them joined to another; %d units sent, %d incidents closed.\n",
		t.Lived.Round(time.Second), t.Taken, t.Merged, t.Dispatched, t.Closed)
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, c := range t.Clocks {
		if c.N == 0 {
			continue
		}
		fmt.Fprintf(table, "  %s\t%d of %d in time\thalf within %.0f s\tnine of ten within %.0f s\n", c.Clock, c.Within, c.N, c.P50, c.P90)
	}
	table.Flush()
	if d.Data != "" {
		fmt.Fprintf(w, "Its data are in %s: zhian doctor --data %s\n", d.Data, d.Data)
	}
	return nil
}

// folder is where data are kept: one that was named, or one that is thrown away.
type folder struct {
	path    string
	scratch bool
}

func folderOr(named, prefix string) (folder, error) {
	if named != "" {
		return folder{path: named}, nil
	}
	path, err := os.MkdirTemp("", prefix)
	return folder{path, true}, err
}

func (f folder) close() error {
	if f.scratch {
		return os.RemoveAll(f.path)
	}
	return nil
}
