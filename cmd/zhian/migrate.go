package main

import (
	"context"
	"fmt"

	"zhian/app"
)

type migrate struct{ site }

// Run brings the tables up to date.
func (m migrate) Run(ctx context.Context, to terminal) error {
	return onData(ctx, m.site, func(*app.App) error {
		fmt.Fprintln(to.out, "The tables are up to date.")
		return nil
	})
}
