package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"zhian/api"
	"zhian/gateway/handset"
	"zhian/gateway/inapp"
	"zhian/module/access"
	"zhian/module/audit"
	"zhian/module/identity"
	"zhian/module/incident"
	"zhian/module/notify"
	"zhian/module/org"
	"zhian/module/pace"
	"zhian/module/place"
	"zhian/module/unit"
	"zhian/platform/bus"
	"zhian/platform/crypto"
	"zhian/platform/httpapi"
	"zhian/platform/ident"
	"zhian/platform/ledger"
	"zhian/platform/live"
	"zhian/platform/spool"
	"zhian/platform/sqldb"
	"zhian/web"
)

// Schemas are the tables of every room, in the order in which they are made.
var Schemas = []sqldb.Schema{bus.Schema, ledger.Schema, crypto.Schema, httpapi.Schema, org.Schema, identity.Schema, access.Schema,
	audit.Schema, place.Schema, unit.Schema, notify.Schema, incident.Schema, pace.Schema}

// Queries are the statements of every room, for the guard that prepares them.
var Queries = map[string]sqldb.Set{"bus": bus.Queries, "ledger": ledger.Queries, "crypto": crypto.Queries, "httpapi": httpapi.Queries,
	"org": org.Queries, "identity": identity.Queries, "access": access.Queries, "audit": audit.Queries, "place": place.Queries,
	"unit": unit.Queries, "notify": notify.Queries, "incident": incident.Queries, "pace": pace.Queries}

// App is the house, built and not yet running.
type App struct {
	Config   Config
	DB       *sqldb.DB
	Bus      *bus.Bus
	Ledger   *ledger.Log
	API      *httpapi.Server
	Live     *live.Hub
	Org      *org.Service
	Identity *identity.Service
	Access   *access.Service
	Audit    *audit.Service
	Place    *place.Service
	Unit     *unit.Service
	Notify   *notify.Service
	Incident *incident.Service
	Pace     *pace.Service

	links  links
	door   *door        // of a demonstration
	spool  *spool.Spool // nil: nothing is held
	signed time.Time    // when the ledger was last signed
	centre *centre
}

// databaseFile is the embedded database in the data folder.
const databaseFile = "zhian.db"

// module is what the house asks of each.
type module interface{ Routes() []httpapi.Route }

// New opens the database, brings its tables up to date and builds every module.
func New(ctx context.Context, c Config) (a *App, err error) {
	c = c.withDefaults()
	secrets, err := loadKeys(c)
	if err != nil {
		return nil, err
	}
	dsn := c.Database
	if dsn == "" {
		dsn = filepath.Join(c.Data, databaseFile)
	}
	db, err := sqldb.Open(ctx, dsn, sqldb.Options{})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			db.Close()
		}
	}()
	if err := db.Migrate(ctx, Schemas...); err != nil {
		return nil, err
	}
	a = &App{Config: c, DB: db, Bus: bus.New(db, c.Now)}
	a.Bus.Log = c.Log
	a.Ledger, err = ledger.Open(ctx, db, ledger.Config{Origin: c.Origin, Hasher: hashOf[c.Profile], Keys: []string{secrets.ledger}})
	if err != nil {
		return nil, c.strange(err)
	}
	if err := a.openSpool(ctx, secrets); err != nil {
		return nil, err
	}
	if err = a.build(secrets); err == nil {
		err = c.strange(a.Incident.Vault.Claim(ctx))
	}
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *App) build(secrets keys) error {
	c, ids := a.Config, ident.NewMaker(a.Config.Now)
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return fmt.Errorf("time zone: %w", err)
	}
	divisions, err := org.DefaultDivisions()
	if err != nil {
		return err
	}
	passwords, err := crypto.NewPasswords(crypto.Profile(c.Profile), 0)
	if err != nil {
		return err
	}
	a.Audit = audit.New(audit.Deps{DB: a.DB, IDs: ids, Ledger: a.Ledger, Zone: zone})
	sealed, err := crypto.NewVault(a.DB, crypto.Config{Profile: crypto.Profile(c.Profile), Master: secrets.master,
		Witness: witness{a.Audit, c.Now}, Now: c.Now})
	if err != nil {
		return err
	}
	a.Org = org.New(org.Deps{DB: a.DB, Bus: a.Bus, Now: c.Now, IDs: ids, Divisions: divisions})
	a.Access = access.New(access.Deps{DB: a.DB, Bus: a.Bus, Now: c.Now, IDs: ids, Tree: tree{a.Org}, Log: c.Log})
	a.centre = &centre{Service: a.Org}
	a.Org.Gate, a.Org.Follower = a.Access, followers{a.Access, a.centre}
	a.Identity = identity.New(identity.Deps{DB: a.DB, Bus: a.Bus, Now: c.Now, IDs: ids, Gate: a.Access, Passwords: passwords,
		Auditor: a.Audit, Policy: c.policy()})
	a.Audit.Gate, a.Audit.Staff, a.Access.Staff = a.Access, &staff{a.Identity}, a.Identity
	a.Place = place.New(place.Deps{DB: a.DB, Now: c.Now, IDs: ids, Gate: a.Access, Stations: stations{a.Org}, Log: c.Log})
	a.Live = live.New(live.Deps{DB: a.DB, Bus: a.Bus, Gate: a.Access, Now: c.Now})
	a.Unit = unit.New(unit.Deps{DB: a.DB, Bus: a.Bus, Now: c.Now, IDs: ids, Gate: a.Access, Screens: a.Live})
	if err := a.buildNotify(ids); err != nil {
		return err
	}
	if err := a.buildIncident(ids, sealed, zone); err != nil {
		return err
	}
	if err := a.buildPace(zone); err != nil {
		return err
	}
	requests, err := secrets.derived("requests")
	if err != nil {
		return err
	}
	a.API = httpapi.New(httpapi.Parts{DB: a.DB, Auth: a.Identity, Gate: a.Access, Auditor: a.Audit, Now: c.Now, IDs: ids, Log: c.Log,
		OpenAPI: api.OpenAPI, Key: requests, Spool: a.spool}, c.API)
	pages, err := web.New(web.Config{Dir: c.PagesDir, Version: c.PagesOf})
	if err != nil {
		return err
	}
	a.API.HandlePages(pages)
	if c.Demo {
		a.door = &door{identity: a.Identity}
		a.API.Mount(a.door.Routes()...)
	}
	a.mount(about{c}, a.Org, a.Identity, a.Access, a.Audit, a.Place, a.Unit, a.Notify, a.Incident, a.Pace, a.Bus, connections{a})
	a.API.Registry().MustRegister(a.Bus.Metrics())
	return a.link()
}

// buildNotify makes the message centre; a channel is a line in it.
func (a *App) buildNotify(ids *ident.Maker) error {
	channels := map[string]notify.Channel{
		handset.Name: handset.Channel{Sessions: a.Identity, Hub: a.Live},
		inapp.Name:   inapp.Channel{Sessions: a.Identity, Hub: a.Live},
	}
	ladders, err := a.Config.ladders(channels)
	if err != nil {
		return err
	}
	a.Notify = notify.New(notify.Deps{DB: a.DB, Bus: a.Bus, Now: a.Config.Now, IDs: ids, Gate: a.Access, People: people{a.Unit, a.Access},
		Ladders: ladders, Owners: map[string]notify.Owner{}, Channels: channels})
	return nil
}

// ladders are the centre's own, or those that come with the program.
func (c Config) ladders(channels map[string]notify.Channel) (notify.Ladders, error) {
	if c.Ladders == "" {
		return notify.DefaultLadders()
	}
	text, err := os.ReadFile(c.Ladders)
	if err != nil {
		return nil, fmt.Errorf("ladders: %w", err)
	}
	ladders, err := notify.ParseLadders(string(text))
	return ladders, errors.Join(err, ladders.Fit(channels))
}

func (a *App) buildIncident(ids *ident.Maker, sealed *crypto.Vault, zone *time.Location) error {
	kinds, err := incident.DefaultKinds()
	if err != nil {
		return err
	}
	ends, err := incident.DefaultDispositions()
	if err != nil {
		return err
	}
	words, err := incident.DefaultWords()
	if err != nil {
		return err
	}
	numbers, err := incident.ParseNumberFormat(a.Config.Numbers)
	if err != nil {
		return err
	}
	a.Incident = incident.New(incident.Deps{DB: a.DB, Bus: a.Bus, Now: a.Config.Now, IDs: ids, Gate: a.Access, Ledger: a.Ledger,
		Vault: sealed, Centre: a.centre, Locator: locator{a.Place}, Units: units{a.Unit}, Pager: a.Notify, Kinds: kinds, Ends: ends, Words: words, Zone: zone, Numbers: numbers})
	a.Notify.Owners[incident.SubjectKind] = a.Incident
	return nil
}

func (a *App) buildPace(zone *time.Location) error {
	definitions, err := pace.Defaults()
	if err != nil {
		return err
	}
	reasons, err := pace.DefaultReasons()
	if err != nil {
		return err
	}
	a.Pace = pace.New(pace.Deps{DB: a.DB, Bus: a.Bus, Now: a.Config.Now, Gate: a.Access, Crews: a.Incident, Directory: directory{a.Org, a.Identity}, Kinds: a.Incident.Kinds, Zone: zone,
		Log: a.Config.Log, Definitions: definitions, Reasons: reasons})
	return nil
}

func (a *App) mount(modules ...module) {
	var perms []string
	for _, m := range modules {
		a.API.Mount(m.Routes()...)
		if shows, ok := m.(interface{ Show(*live.Hub) }); ok {
			shows.Show(a.Live)
		}
	}
	for _, r := range a.API.Routes() {
		perms = append(perms, string(r.Perm))
	}
	// Asked by services beside those of routes.
	perms = append(perms, "incident.backfill", "identity.session.end", "pace.staff")
	a.Access.Know(perms)
	a.Access.Listen()
	a.Identity.Listen()
	a.Unit.Listen()
	a.Notify.Listen()
	a.Incident.Listen()
	a.Pace.Listen()
	bus.Tail(a.Bus, func(_ bus.Meta, f org.Changed) { a.Org.Follower.Follow(context.Background(), f.OrgIDs) })
}
