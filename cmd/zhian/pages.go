package main

import "zhian/app"

// pages is what those who work on the pages may say of them.
type pages struct {
	PagesDir string `placeholder:"DIR" type:"existingdir" help:"Serve the pages from this folder instead of those inside the program, for who works on them."`
}

// show puts the pages into the settings: those inside the program must be of its
// own version, if it has one.
func (p pages) show(c app.Config) app.Config {
	if c.PagesDir = p.PagesDir; p.PagesDir == "" {
		c.PagesOf = version
	}
	return c
}
