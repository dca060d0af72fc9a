package twin

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

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

// Install puts the city into a new centre, through its API: organisations, areas,
// addresses, accounts, grants, units with their crews on duty. The accounts that
// log in get the one password, which must satisfy the centre's policy; log-in
// names are the staff numbers in small letters.
func (c *City) Install(ctx context.Context, admins Admins, password string) (*Post, error) {
	in := installer{City: c, Admins: admins, ctx: ctx, orgs: map[string]string{}, users: map[string]string{}, password: password}
	for _, step := range []func() error{in.organisations, in.areas, in.places, in.people, in.units} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return in.post, nil
}

type installer struct {
	*City
	Admins
	ctx      context.Context
	password string
	orgs     map[string]string // code → id
	users    map[string]string // staff number → id
	post     *Post
}

// key is the Idempotency-Key of one thing to make.
func (in *installer) key(what ...string) string {
	return "twin-" + strconv.FormatUint(in.Seed, 10) + "-" + strings.Join(what, "-")
}

func (in *installer) organisations() error {
	var tree struct {
		Items []made `json:"items"`
	}
	if err := in.System.Get(in.ctx, "/v1/orgs", &tree); err != nil {
		return err
	}
	for _, o := range tree.Items {
		in.orgs[o.Code] = o.ID
	}
	root, found := in.orgs[in.Bureau.Code]
	if !found {
		return fmt.Errorf("the centre is not of %s", in.Bureau.Code)
	}
	if err := in.organisation(in.Centre.Code, in.Centre.Name, "command_room", root); err != nil {
		return err
	}
	for _, s := range in.Stations {
		if err := in.organisation(s.Code, s.Name, "station", root); err != nil {
			return err
		}
	}
	return nil
}

func (in *installer) organisation(code, name, kind, parent string) error {
	var o made
	_, err := in.System.Post(in.ctx, "/v1/orgs", in.key("org", code),
		object{"code": code, "name": name, "kind": kind, "parent_id": parent}, &o)
	in.orgs[code] = o.ID
	return err
}

func (in *installer) areas() error {
	var features []object
	for _, s := range in.Stations {
		features = append(features, object{"type": "Feature", "geometry": s.polygon(),
			"properties": object{"station_id": in.orgs[s.Code], "name": s.Name, "class": s.Class}})
	}
	_, err := in.System.Post(in.ctx, "/v1/places/areas", in.key("areas"),
		object{"type": "FeatureCollection", "features": features, "datum": "wgs84"}, nil)
	return err
}

func (in *installer) places() error {
	var sheet bytes.Buffer
	w := csv.NewWriter(&sheet)
	w.Write([]string{"name", "lat", "lon"})
	for _, a := range in.Addresses {
		w.Write([]string{a.Text, strconv.FormatFloat(a.At.Lat, 'f', 7, 64), strconv.FormatFloat(a.At.Lon, 'f', 7, 64)})
	}
	if w.Flush(); w.Error() != nil {
		return w.Error()
	}
	var account struct {
		Accepted  int `json:"accepted"`
		Duplicate int `json:"duplicate"`
	}
	_, err := in.System.Post(in.ctx, "/v1/places/imports", in.key("addresses"),
		object{"content": sheet.Bytes(), "datum": "wgs84", "source": "generated", "uncertainty_m": 10}, &account)
	if taken := account.Accepted + account.Duplicate; err == nil && taken != len(in.Addresses) {
		err = fmt.Errorf("%d of %d addresses were taken", taken, len(in.Addresses))
	}
	return err
}

// roleOf is what each member of staff may do; the console needs more than a
// call-taker, since here one person takes calls and sends units.
var roleOf = map[string]string{"officer": "officer", "leader": "station_leader", "call_taker": "command_centre"}

func (in *installer) people() error {
	root, entering := in.orgs[in.Bureau.Code], in.entering()
	var tokens []string
	for _, u := range in.Users {
		var account made
		if _, err := in.System.Post(in.ctx, "/v1/users", "",
			object{"login": login(u.Number), "display_name": u.Name, "org_id": in.orgs[u.Org]}, &account); err != nil {
			return err
		}
		in.users[u.Number] = account.ID
		over := in.orgs[u.Org]
		if u.Role == "call_taker" {
			over = root
		}
		if _, err := in.Security.Post(in.ctx, "/v1/grants", in.key("grant", u.Number),
			object{"user_id": account.ID, "role": roleOf[u.Role], "org_id": over, "reason": "demonstration"}, nil); err != nil {
			return err
		}
		if entering[u.Number] {
			tokens = append(tokens, account.SetupToken)
		}
	}
	return in.enter(tokens)
}

// enter sets the passwords, a few at a time: hashing one keeps a core busy.
func (in *installer) enter(tokens []string) error {
	group, ctx := errgroup.WithContext(in.ctx)
	group.SetLimit(4)
	for _, token := range tokens {
		group.Go(func() error {
			_, err := in.System.As("").Post(ctx, "/v1/setup", "", object{"token": token, "password": in.password}, nil)
			return err
		})
	}
	return group.Wait()
}

// entering are those who set their password: call-takers, leaders, and of each
// crew the one with the handset. A hash takes its time, so that the rest stay
// invited.
func (in *installer) entering() map[string]bool {
	set := map[string]bool{}
	for _, u := range in.Users {
		set[u.Number] = u.Role != "officer"
	}
	for _, u := range in.Units {
		set[u.Crew[0]] = true
	}
	return set
}

func login(number string) string { return strings.ToLower(number) }

// units registers the units, puts their crews on duty and gives each the
// handset of its first officer.
func (in *installer) units() error {
	public := in.System.As("")
	in.post = &Post{console: &seat{server: public, login: login(in.Users[0].Number), password: in.password},
		handsets: make([]*seat, len(in.Units)), ids: make([]string, len(in.Units)), orgs: make([]string, len(in.Units)), index: map[string]int{}, stations: map[string]string{}}
	for i, u := range in.Units {
		org := in.orgs[in.Stations[u.Station].Code]
		var unit made
		if _, err := in.System.Post(in.ctx, "/v1/units", in.key("unit", number(i, 3)),
			object{"call_sign": u.CallSign, "kind": u.Kind, "org_id": org}, &unit); err != nil {
			return err
		}
		for _, officer := range u.Crew {
			if err := in.post.console.post(in.ctx, "/v1/units/"+unit.ID+"/duty", in.key("duty", officer),
				object{"user_id": in.users[officer]}, nil); err != nil {
				return err
			}
		}
		in.post.ids[i], in.post.orgs[i], in.post.index[unit.ID] = unit.ID, org, i
		in.post.handsets[i] = &seat{server: public, login: login(u.Crew[0]), password: in.password}
	}
	return nil
}
