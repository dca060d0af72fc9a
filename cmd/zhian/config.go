package main

import (
	"fmt"
	"regexp"
	"text/tabwriter"

	"github.com/alecthomas/kong"
)

type config struct {
	site
	door
	links
	limits
	journal
	JSON bool `name:"json" help:"Print one JSON object instead of a table."`
}

// Help is shown by --help.
func (config) Help() string {
	return `Settings come from the file that --config names, from the environment, and from flags; the later wins.
Passwords in addresses are not shown.`
}

// setting is one line of what config prints.
type setting struct {
	Value string `json:"value"`
	From  string `json:"from"` // default, file, environment or flag
	Name  string `json:"name"` // of the flag, variable or file; empty for a default
}

// Run prints every setting.
func (c config) Run(to terminal, ctx *kong.Context) error {
	effective := map[string]setting{}
	var order []string
	for _, f := range ctx.Selected().Flags {
		if len(f.Envs) > 0 {
			effective[f.Name] = settingOf(ctx, f)
			order = append(order, f.Name)
		}
	}
	if c.JSON {
		return printJSON(to.out, effective)
	}
	table := tabwriter.NewWriter(to.out, 0, 0, 3, ' ', 0)
	for _, name := range order {
		s := effective[name]
		fmt.Fprintf(table, "%s\t%s\t%s %s\n", name, or(s.Value, "-"), s.From, s.Name)
	}
	return table.Flush()
}

func settingOf(ctx *kong.Context, f *kong.Flag) setting {
	s := setting{Value: withoutPassword(fmt.Sprint(ctx.FlagValue(f))), From: "default"}
	for _, p := range ctx.Path {
		switch {
		case p.Flag != f:
		case p.Resolved:
			s.From, s.Name = "file", fmt.Sprint(ctx.FlagValue(flagNamed(ctx, "config")))
		default:
			s.From, s.Name = "flag", "--"+f.Name
		}
	}
	if name := fromEnvironment(f); s.From == "default" && name != "" {
		s.From, s.Name = "environment", name
	}
	return s
}

// secretPart is the password of an address; brokers' have several hosts, which
// net/url does not read.
var secretPart = regexp.MustCompile(`(://[^:/?@]*):[^@/?]*@`)

func withoutPassword(value string) string { return secretPart.ReplaceAllString(value, "$1:xxxxx@") }

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
