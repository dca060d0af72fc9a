package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"zhian/app"
	"zhian/platform/ledger"
)

type export struct {
	site
	Out string `arg:"" name:"file" help:"File to write; it must not exist yet."`
}

// Run writes a bundle. What it could not finish it takes away again.
func (e export) Run(ctx context.Context, to terminal) error {
	return onData(ctx, e.site, func(a *app.App) error {
		f, err := os.OpenFile(e.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		if err := errors.Join(a.Export(ctx, f), f.Sync(), f.Close()); err != nil {
			return errors.Join(err, os.Remove(e.Out))
		}
		fmt.Fprintf(to.out, "Wrote %s. Whoever checks it should know these keys from elsewhere:\n", e.Out)
		for _, key := range a.Ledger.PublicKeys() {
			fmt.Fprintln(to.out, "  "+key)
		}
		fmt.Fprintf(to.out, "zhian verify %s --key '%s'\n", e.Out, a.Ledger.PublicKeys()[0])
		return nil
	})
}

type verify struct {
	Bundle string   `arg:"" name:"file" help:"File that zhian export wrote." type:"existingfile"`
	Key    []string `placeholder:"KEY" sep:"none" help:"Public key that you trust. Without one the bundle's own is used, which proves only that the bundle fits together."`
	kept
	JSON bool `name:"json" help:"Print one JSON object instead of text."`
}

// kept is what a checker has from an earlier day.
type kept struct {
	Kept []string `placeholder:"FILE" sep:"none" type:"existingfile" help:"A bundle exported earlier and kept elsewhere, or its first line: the log must still be the one that it describes."`
}

// trust is the checkpoints of the files, and the keys that they were signed by.
func (k kept) trust() (all ledger.Trust, err error) {
	for _, name := range k.Kept {
		f, err := os.Open(name)
		if err != nil {
			return all, err
		}
		t, err := ledger.Kept(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return all, fmt.Errorf("%s: %w", name, err)
		}
		all.Keys, all.Anchors = append(all.Keys, t.Keys...), append(all.Anchors, t.Anchors...)
	}
	return all, nil
}

var errForged = errors.New("the bundle is not what was signed")

// Run verifies a bundle and names what is wrong with it.
func (v verify) Run(to terminal) error {
	f, err := os.Open(v.Bundle)
	if err != nil {
		return err
	}
	defer f.Close()
	trust, err := v.trust()
	if err != nil {
		return err
	}
	if len(v.Key) > 0 {
		trust.Keys = v.Key
	}
	report, err := ledger.Verify(f, trust)
	if err != nil {
		return err
	}
	if v.JSON {
		err = printJSON(to.out, report)
	} else {
		printReport(to.out, report)
	}
	if err == nil && !report.OK() {
		err = errForged
	}
	return err
}

func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
