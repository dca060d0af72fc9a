package twin

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"zhian/platform/apiclient"
)

// Admins are the sessions of two of a new centre's administrators: one makes
// organisations, accounts and places, the other gives rights.
type Admins struct{ System, Security *apiclient.Client }

type object = map[string]any

// made is the part of an answer that names what was made.
type made struct {
	ID         string `json:"id"`
	Code       string `json:"code"`
	SetupToken string `json:"setup_token"`
}

// Install puts the city into a new centre, through its API: organisations,
// divisions, areas, addresses, accounts, grants. Muster brings the units.
// Log-in names are the staff numbers in small letters; everybody's password is
// the one given, which must satisfy the centre's policy, and is set when they
// first log in.
func (c *City) Install(ctx context.Context, admins Admins, password string) (*Post, error) {
	in := installer{City: c, Admins: admins, password: password, orgs: map[string]string{}, accounts: map[string]made{}}
	if err := in.organisations(ctx); err != nil {
		return nil, err
	}
	places, people := inOrder(in.divisions, in.areas, in.places), inOrder(in.people, in.found)
	if err := sideBySide(ctx, places, people); err != nil {
		return nil, err
	}
	return in.post, nil
}

type step func(context.Context) error

func inOrder(steps ...step) step {
	return func(ctx context.Context) error {
		for _, do := range steps {
			if err := do(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// abreast is how many requests an installation has in flight: the server commits
// what comes together at once.
const abreast = 32

func sideBySide(ctx context.Context, steps ...step) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(abreast)
	for _, do := range steps {
		group.Go(func() error { return do(ctx) })
	}
	return group.Wait()
}

type installer struct {
	*City
	Admins
	password string
	orgs     map[string]string // code → id

	lock     sync.Mutex
	accounts map[string]made // by staff number
	post     *Post
}

// key is the Idempotency-Key of one thing to make.
func (c *City) key(what ...string) string {
	return "twin-" + strconv.FormatUint(c.Seed, 10) + "-" + strings.Join(what, "-")
}

func (in *installer) organisations(ctx context.Context) error {
	var tree struct {
		Items []made `json:"items"`
	}
	if err := in.System.Get(ctx, "/v1/orgs", &tree); err != nil {
		return err
	}
	for _, o := range tree.Items {
		in.orgs[o.Code] = o.ID
	}
	root, found := in.orgs[in.Bureau.Code]
	if !found {
		return fmt.Errorf("the centre is not of %s", in.Bureau.Code)
	}
	if err := in.organisation(ctx, in.Centre.Code, in.Centre.Name, "command_room", root); err != nil {
		return err
	}
	for _, s := range in.Stations {
		if err := in.organisation(ctx, s.Code, s.Name, "station", root); err != nil {
			return err
		}
	}
	return nil
}

func (in *installer) organisation(ctx context.Context, code, name, kind, parent string) error {
	var o made
	_, err := in.System.Post(ctx, "/v1/orgs", in.key("org", code),
		object{"code": code, "name": name, "kind": kind, "parent_id": parent}, &o)
	in.orgs[code] = o.ID
	return err
}

// divisions are the names that addresses are read by.
func (in *installer) divisions(ctx context.Context) error {
	county := in.Bureau.Code[:6]
	rows := [][]string{{"code", "name", "parent", "level"}, {county, in.tables.texts["county"], "", "county"}}
	for _, r := range readFile("towns") {
		rows = append(rows, []string{r["code"], r["name"], county, "town"})
	}
	for _, r := range readFile("villages") {
		rows = append(rows, []string{r["code"], r["name"], r["town"], "village"})
	}
	sheet, err := sheetOf(rows)
	if err != nil {
		return err
	}
	_, err = in.System.Post(ctx, "/v1/places/divisions", in.key("divisions"),
		object{"scheme": "nbs", "version": "2023-06-30", "content": sheet}, nil)
	return err
}

func (in *installer) areas(ctx context.Context) error {
	var features []object
	for _, s := range in.Stations {
		features = append(features, object{"type": "Feature", "geometry": s.polygon(),
			"properties": object{"station_id": in.orgs[s.Code], "name": s.Name, "class": s.Class}})
	}
	_, err := in.System.Post(ctx, "/v1/places/areas", in.key("areas"),
		object{"type": "FeatureCollection", "features": features, "datum": "wgs84"}, nil)
	return err
}

func (in *installer) places(ctx context.Context) error {
	rows := [][]string{{"name", "lat", "lon"}}
	for _, a := range in.Addresses {
		rows = append(rows, []string{a.Text, strconv.FormatFloat(a.At.Lat, 'f', 7, 64), strconv.FormatFloat(a.At.Lon, 'f', 7, 64)})
	}
	sheet, err := sheetOf(rows)
	if err != nil {
		return err
	}
	var account struct {
		Accepted  int `json:"accepted"`
		Duplicate int `json:"duplicate"`
	}
	_, err = in.System.Post(ctx, "/v1/places/imports", in.key("addresses"),
		object{"content": sheet, "datum": "wgs84", "source": "generated", "uncertainty_m": 10}, &account)
	if taken := account.Accepted + account.Duplicate; err == nil && taken != len(in.Addresses) {
		err = fmt.Errorf("%d of %d addresses were taken", taken, len(in.Addresses))
	}
	return err
}

func sheetOf(rows [][]string) ([]byte, error) {
	var sheet bytes.Buffer
	w := csv.NewWriter(&sheet)
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return sheet.Bytes(), nil
}

// roleOf is what each member of staff may do, beside guests, whose role is named
// as the house names it. The console needs more than a call-taker, since here one
// person takes calls and sends units.
var roleOf = map[string]string{"officer": "officer", "leader": "station_leader", "call_taker": "command_centre"}

// radioNumber is the staff number of the cars' radios, which tell where units
// wait; no person logs in with it.
const radioNumber = "DRADIO"

func (in *installer) people(ctx context.Context) error {
	root := in.orgs[in.Bureau.Code]
	invite := func(u User, kind, role, over string) step {
		return func(ctx context.Context) error { return in.invite(ctx, u, kind, role, over) }
	}
	steps := []step{invite(User{Number: radioNumber, Name: radioNumber, Org: in.Centre.Code}, "service", "terminals", root)}
	for _, u := range in.Users {
		over := in.orgs[u.Org]
		if u.Role == "call_taker" {
			over = root
		}
		steps = append(steps, invite(u, "user", roleOf[u.Role], over))
	}
	for _, u := range in.Guests {
		steps = append(steps, invite(u, "user", u.Role, root))
	}
	return sideBySide(ctx, steps...)
}

func (in *installer) invite(ctx context.Context, u User, kind, role, over string) error {
	var account made
	if _, err := in.System.Post(ctx, "/v1/users", "",
		object{"login": Login(u.Number), "display_name": u.Name, "org_id": in.orgs[u.Org], "kind": kind}, &account); err != nil {
		return err
	}
	in.lock.Lock()
	in.accounts[u.Number] = account
	in.lock.Unlock()
	_, err := in.Security.Post(ctx, "/v1/grants", in.key("grant", u.Number),
		object{"user_id": account.ID, "role": role, "org_id": over, "reason": "demonstration"}, nil)
	return err
}

// Login is the log-in name of a member of the staff.
func Login(number string) string { return strings.ToLower(number) }

func (in *installer) seat(number string) *seat {
	return &seat{server: in.System.As(""), login: Login(number), invitation: in.accounts[number].SetupToken, password: in.password}
}

// found makes the post, whose people are known now.
func (in *installer) found(context.Context) error {
	n := len(in.Units)
	in.post = &Post{life: newLife(), city: in.City, staff: in.staff(), handsets: make([]*handset, n), ids: make([]string, n), orgs: make([]string, n), index: map[string]int{},
		radio: in.seat(radioNumber), guests: map[string]*seat{}, stations: map[string]string{}, desk: map[string]*seat{},
		visitors: visitors{own: map[string]bool{}}}
	for _, u := range in.Users[:callTakers] {
		in.post.desks = append(in.post.desks, in.seat(u.Number))
	}
	for _, u := range in.Guests {
		in.post.guests[u.Role] = in.seat(u.Number)
	}
	// The city's own people whom a visitor may be: nobody acts for these two.
	in.post.guests["station_leader"] = in.seat(in.Users[callTakers].Number)
	in.post.guests["officer"] = in.seat(in.Units[0].Crew[1])
	for i, u := range in.Units {
		in.post.orgs[i], in.post.handsets[i] = in.orgs[in.Stations[u.Station].Code], newHandset(in.seat(u.Crew[0]))
	}
	return nil
}

// staff is who has which account.
func (in *installer) staff() map[string]Member {
	list := map[string]Member{}
	for _, u := range slices.Concat(in.Users, in.Guests) {
		list[u.Number] = Member{in.accounts[u.Number].ID, in.orgs[u.Org]}
	}
	return list
}
