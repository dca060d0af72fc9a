package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"zhian/app"
	"zhian/platform/ledger"
)

type doctor struct {
	site
	Rebuild bool `help:"Fold every incident again and mend the rows that differ."`
	kept
	JSON bool `name:"json" help:"Print one JSON object instead of text."`
}

// Help is shown by --help.
func (doctor) Help() string {
	return `The ledger is checked against the database's rows, and every incident's row against what its timeline folds to.
Exit status 1 says that something is not as it was written; --rebuild mends rows that differ, never the timeline.`
}

var errUnsound = errors.New("the database is not what was written to it")

// Run examines a centre's data.
func (d doctor) Run(ctx context.Context, to terminal) error {
	trust, err := d.trust()
	if err != nil {
		return err
	}
	return onData(ctx, d.site, func(a *app.App) error {
		health, err := a.Examine(ctx, d.Rebuild, trust.Anchors...)
		if err != nil {
			return err
		}
		if d.JSON {
			err = printJSON(to.out, health)
		} else {
			printHealth(to.out, health)
		}
		if err == nil && (!health.Ledger.OK() || len(health.Differing) > 0 && !d.Rebuild) {
			err = errUnsound
		}
		return err
	})
}

func printHealth(w io.Writer, h app.Health) {
	printReport(w, h.Ledger)
	what := "differ from their timelines"
	if h.Rebuilt {
		what = "differed from their timelines and were mended"
	}
	fmt.Fprintf(w, "Incidents: examined %d; %d %s.\n", h.Incidents, len(h.Differing), what)
	for _, id := range h.Differing {
		fmt.Fprintf(w, "  incident %s\n", id)
	}
}

// printReport says what a check of the ledger found.
func printReport(w io.Writer, r ledger.Report) {
	fmt.Fprintf(w, "Ledger %s (%s): leaves %d, signed %d, checkpoints %d", r.Origin, r.Hasher, r.Leaves, r.Covered, r.Checkpoints)
	if !r.SignedAt.IsZero() {
		fmt.Fprintf(w, ", newest of %s", r.SignedAt.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	fmt.Fprintln(w, ".")
	if r.OwnKeys {
		fmt.Fprintln(w, "  No key was given with --key: the bundle fits together, but nothing says who signed it.")
	}
	for _, p := range r.Problems {
		fmt.Fprintf(w, "  %s: %s%s\n", p.Kind, p.Detail, about(p))
	}
	if r.More > 0 {
		fmt.Fprintf(w, "  and %d more\n", r.More)
	}
}

func about(p ledger.Problem) string {
	if p.Source == "" {
		return ""
	}
	return fmt.Sprintf(" (leaf %d, %s %s)", p.Pos, p.Source, p.Ref)
}
