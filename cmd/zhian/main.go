// Command zhian runs and examines an emergency command centre. This folder holds
// flags, help and what is printed; the work is done in app, twin and replay.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// commands is the whole command line.
type commands struct {
	Demo    demo    `cmd:"" help:"Run a simulated city: calls come in, crews respond, and you can look, ask and join in."`
	Serve   serve   `cmd:"" help:"Run a centre. The first run makes its three administrators and prints their one-time links."`
	Replay  replays `cmd:"" help:"Play a file of real calls through the API and report how its clocks were kept."`
	Migrate migrate `cmd:"" help:"Bring the database's tables up to date, and do nothing else."`
	Doctor  doctor  `cmd:"" help:"Check a centre's database against its ledger, and every incident against its timeline."`
	Export  export  `cmd:"" help:"Write the ledger with its rows as a bundle that anybody can verify offline."`
	Verify  verify  `cmd:"" help:"Verify an exported bundle, without a database and without a network."`
	Config  config  `cmd:"" help:"Print the effective settings and where each comes from."`

	ConfigFile string           `name:"config" placeholder:"FILE" env:"ZHIAN_CONFIG" type:"existingfile" help:"JSON file of settings, like {\"data\": \"/srv/zhian\"}. A variable of the environment goes before it, a flag before both."`
	Version    kong.VersionFlag `help:"Print the version."`
}

// Exit statuses.
const (
	done   = 0
	failed = 1 // it could not be done, or what was examined is not sound
	misuse = 2 // the command line is wrong
)

const description = `Operations platform of an emergency command centre.

    Try it:      zhian demo
    Run it:      zhian serve --data DIR
    Real calls:  zhian replay FILE --format nypd|lancaster|lfb|csv

Exit status: 0 done; 1 it failed, or what was examined is not sound; 2 the command line is wrong.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// A second Ctrl-C ends at once. A terminal and a supervisor may both send the
	// first one, so it counts for a moment.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	os.Exit(run(ctx, os.Args[1:], terminal{os.Stdout, os.Stderr}))
}

// terminal is where a command prints: results to out, everything else to err.
type terminal struct{ out, err io.Writer }

func run(ctx context.Context, args []string, to terminal) int {
	var c commands
	parser, err := kong.New(&c, kong.Name("zhian"), kong.Description(description), kong.Writers(to.out, to.err),
		kong.Vars{"version": versionOf()}, kong.ConfigureHelp(kong.HelpOptions{Compact: true, Summary: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(to))
	if err != nil {
		panic(err) // the struct above is wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(to.err, "zhian: %v\n", err)
		fmt.Fprintf(to.err, "Try: %s\n", helpFor(err))
		return misuse
	}
	if err := chosen.Run(); err != nil {
		fmt.Fprintf(to.err, "zhian: %v\n", err)
		return failed
	}
	return done
}

// helpFor is the command that explains what was meant, as far as it was understood.
func helpFor(err error) string {
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Command() != "" {
		return "zhian " + parse.Context.Selected().Name + " --help"
	}
	return "zhian --help"
}
