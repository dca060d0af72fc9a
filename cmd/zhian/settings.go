package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"zhian/app"
	"zhian/platform/httpapi"
)

// site is what every command on a centre's data takes. Each member can come from
// a file, the environment or a flag, and the later wins.
type site struct {
	Data     string `placeholder:"DIR" default:"data" env:"ZHIAN_DATA" type:"path" help:"Folder of keys and of the embedded database."`
	Database string `placeholder:"URL" env:"ZHIAN_DATABASE" help:"postgres://… instead of the embedded database."`
	Origin   string `placeholder:"NAME" default:"zhian.local" env:"ZHIAN_ORIGIN" help:"Name of this centre's ledger. It cannot change later."`
	Profile  string `enum:"standard,gm" default:"standard" env:"ZHIAN_PROFILE" help:"Algorithms: standard, or gm for Chinese commercial ones. It cannot change later."`
	Zone     string `default:"Asia/Shanghai" env:"ZHIAN_ZONE" help:"Time zone of the centre."`
	Numbers  string `default:"{date}-{serial}" env:"ZHIAN_NUMBERS" help:"How incidents' numbers read, such as 330784-{date}-{serial:4}."`
	Ladders  string `placeholder:"FILE" env:"ZHIAN_LADDERS" type:"path" help:"CSV of class, after_s, audience, channels: who is asked, and when, if nobody acknowledges. Without it 30, 60 and 90 seconds after a dispatch."`
}

func (s site) config() app.Config {
	return app.Config{Data: s.Data, Database: s.Database, Origin: s.Origin, Profile: s.Profile, Zone: s.Zone, Numbers: s.Numbers, Ladders: s.Ladders, Version: versionOf()}
}

// links are what a node that serves speaks to beside its database.
type links struct {
	Kafka string `placeholder:"BROKERS" env:"ZHIAN_KAFKA" help:"Take facts to Kafka: host:port,… or kafka://user:password@host:port,…?tls=true&sasl=scram-sha-512&prefix=zhian."`
	Redis string `placeholder:"ADDR" env:"ZHIAN_REDIS" help:"Carry signals between nodes: host:port or redis://user:password@host:port/0. Without it nodes look at the database."`
}

// limits are how much the web API takes from whom.
type limits struct {
	Rate        float64       `placeholder:"N" default:"100" env:"ZHIAN_RATE" help:"Requests a second that one caller may make; programs have their own limits."`
	PublicRate  float64       `placeholder:"N" default:"10" env:"ZHIAN_PUBLIC_RATE" help:"Requests a second from one address without a session."`
	Timeout     time.Duration `default:"30s" env:"ZHIAN_TIMEOUT" help:"How long a request may take; imports and exports may take longer."`
	Drain       time.Duration `default:"10s" env:"ZHIAN_DRAIN" help:"How long requests under way may go on when the service ends."`
	BehindProxy bool          `env:"ZHIAN_BEHIND_PROXY" help:"Take the caller's address and scheme from X-Forwarded-For and X-Forwarded-Proto: only behind a proxy of your own, which sets them."`
}

// Validate refuses limits under which nobody would be served (kong).
func (l limits) Validate() error {
	if l.Rate <= 0 || l.PublicRate <= 0 || l.Timeout <= 0 || l.Drain <= 0 {
		return errors.New("--rate, --public-rate, --timeout and --drain must be more than 0")
	}
	return nil
}

func (l limits) api() httpapi.Config {
	return httpapi.Config{Rate: l.Rate, PublicRate: l.PublicRate, Timeout: l.Timeout, Drain: l.Drain, TrustedHops: l.BehindProxy}
}

// journal is how a command that runs on logs.
type journal struct {
	LogFormat string `enum:"text,json" default:"text" env:"ZHIAN_LOG_FORMAT" help:"Form of the log: text or json."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" env:"ZHIAN_LOG_LEVEL" help:"The least that is logged: debug, info, warn or error."`
}

func (j journal) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(j.LogLevel)) // kong lets only known names through
	options := &slog.HandlerOptions{Level: level}
	if j.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// BeforeResolve reads the file of settings, if one is named, before the flags
// that were not given get their values.
func (c *commands) BeforeResolve(ctx *kong.Context) error {
	path, _ := ctx.FlagValue(flagNamed(ctx, "config")).(string)
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := readFile(text, settingsOf(ctx.Model.Node))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	ctx.AddResolver(file)
	return nil
}

// flagNamed is a flag of the program as a whole.
func flagNamed(ctx *kong.Context, name string) *kong.Flag {
	return ctx.Model.Flags[slices.IndexFunc(ctx.Model.Flags, func(f *kong.Flag) bool { return f.Name == name })]
}

// settingsOf is every setting of the program: the flags that have a variable of
// the environment beside them.
func settingsOf(n *kong.Node) (names []string) {
	for _, f := range n.Flags {
		if len(f.Envs) > 0 && f.Name != "config" {
			names = append(names, f.Name)
		}
	}
	for _, child := range n.Children {
		names = append(names, settingsOf(child)...)
	}
	return names
}

// file is a file of settings: name in snake case → value.
type file map[string]string

// readFile refuses names that are no settings: a misspelt one would quietly
// leave its default in force.
func readFile(text []byte, settings []string) (file, error) {
	var raw map[string]any
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("not a JSON object of settings: %w", err)
	}
	f := file{}
	for name, value := range raw {
		if !slices.Contains(settings, strings.ReplaceAll(name, "_", "-")) {
			return nil, fmt.Errorf("%q is no setting; there are %s", name, strings.Join(known(settings), ", "))
		}
		switch value.(type) {
		case string, float64, bool:
			f[name] = fmt.Sprint(value)
		default:
			return nil, fmt.Errorf("%s must be a text, a number, true or false", name)
		}
	}
	return f, nil
}

func known(settings []string) []string {
	names := slices.Clone(settings)
	for i, n := range names {
		names[i] = key(n)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// key is a flag's name in the file.
func key(flag string) string { return strings.ReplaceAll(flag, "-", "_") }

// Validate accepts what readFile has let through (kong.Resolver).
func (f file) Validate(*kong.Application) error { return nil }

// Resolve gives a flag its value from the file, unless the environment has one
// (kong.Resolver).
func (f file) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, said := f[key(flag.Name)]
	if !said || len(flag.Envs) == 0 || fromEnvironment(flag) != "" {
		return nil, nil
	}
	return value, nil
}

// fromEnvironment is the variable that sets a flag; empty when none does.
func fromEnvironment(flag *kong.Flag) string {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return name
		}
	}
	return ""
}
