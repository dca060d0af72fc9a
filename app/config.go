// Package app builds the house: it is the only place that knows every module.
package app

import (
	"log/slog"
	"path/filepath"
	"time"

	"zhian/module/identity"
	"zhian/platform/crypto"
	"zhian/platform/httpapi"
)

// Config is everything that a site decides. The zero value of a member is its
// default.
type Config struct {
	Data     string  // folder of keys and, without Database, of the embedded database
	Database string  // postgres://… for a province; empty: SQLite in Data
	Kafka    string  // brokers that facts are taken to: host:port,… or kafka://…; empty: none
	Redis    string  // carries signals between nodes: host:port or redis://…; empty: none
	Listen   string  // address of the web API
	Origin   string  // name of this centre's ledger
	Profile  string  // standard or gm (Chinese commercial algorithms)
	Zone     string  // time zone of the centre
	Numbers  string  // how incidents' numbers read (incident.ParseNumberFormat)
	Ladders  string  // file of who is asked when nobody acknowledges (notify.ParseLadders); empty: notify.DefaultLadders
	Version  string  // of the program
	PagesOf  string  // version that the pages must be of; empty takes any
	PagesDir string  // serves the pages from this folder, for who works on them; empty: those inside the program
	Demo     bool    // a demonstration: nothing in it is real
	Speed    float64 // of Now, in seconds a second; 1 unless Demo
	API      httpapi.Config
	Now      func() time.Time
	Log      *slog.Logger

	serving bool // the node takes requests, and may have to hold some
}

func (c Config) withDefaults() Config {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8110"
	}
	if c.Origin == "" {
		c.Origin = "zhian.local"
	}
	if c.Profile == "" {
		c.Profile = string(crypto.Standard)
	}
	if c.Zone == "" {
		c.Zone = "Asia/Shanghai"
	}
	if c.Numbers == "" {
		c.Numbers = "{date}-{serial}"
	}
	if c.Version == "" {
		c.Version = "unknown"
	}
	if c.Speed == 0 {
		c.Speed = 1
	}
	if c.API.Spill == "" {
		c.API.Spill = filepath.Join(c.Data, "audit-kept.jsonl")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// demoInvites is how long the made-up staff of a demonstration may take to log in
// for the first time: most are invited weeks before they are seen.
const demoInvites = 365 * 24 * time.Hour

// policy is the log-in policy: a session lasts as long for the person at the
// screen however fast the clock runs.
func (c Config) policy() identity.Policy {
	p := identity.DefaultPolicy
	for _, d := range []*time.Duration{&p.LockFor, &p.Idle, &p.Absolute, &p.InviteFor, &p.Address.First, &p.Address.Most, &p.Address.Forget} {
		*d = time.Duration(float64(*d) * c.Speed)
	}
	if c.Demo {
		p.InviteFor = demoInvites
	}
	return p
}

// hashOf is the ledger's hash in each profile.
var hashOf = map[string]string{string(crypto.Standard): "sha256", string(crypto.GM): "sm3"}

// signatureOf is the ledger's signature algorithm in each profile.
var signatureOf = map[string]string{string(crypto.Standard): "ed25519", string(crypto.GM): "sm2"}
