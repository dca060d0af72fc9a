package main

import (
	"context"
	"fmt"

	"zhian/app"
)

type migrate struct{ site }

// Run makes tables where there are none, and brings the rest the tables up to date.
func (m migrate) Run(ctx context.Context, to terminal) error {
	a, err := app.New(ctx, m.config())
	if err != nil {
		return err
	}
	fmt.Fprintln(to.out, "The tables are up to date.")
	return a.DB.Close()
}
