package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"zhian/app"
	"zhian/platform/bus"
	"zhian/platform/httpapi"
)

// centre is a whole house under load: a real server on loopback, on a database
// of its own.
type centre struct {
	*app.App
	base    string // http://127.0.0.1:port
	host    string
	station string // id of its one station
	tokens  map[string]string
	stop    func() error
}

const password = "Correct-horse-9"

// newCentre starts a house on an empty database, with one station and one account
// of the command centre; database "" is SQLite in a temporary folder.
func newCentre(ctx context.Context, database string) (*centre, error) {
	dir, err := os.MkdirTemp("", "zhian-bench")
	if err != nil {
		return nil, err
	}
	c, err := openCentre(ctx, dir, database)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop := c.stop
	c.stop = func() error { return errors.Join(stop(), os.RemoveAll(dir)) }
	stations, err := c.settle(ctx, 1)
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	c.station = stations[0]
	return c, nil
}

// openCentre starts the house that a folder holds, or an empty one.
func openCentre(ctx context.Context, dir, database string) (*centre, error) {
	a, err := app.New(ctx, app.Config{Data: dir, Database: database, Log: slog.New(slog.DiscardHandler),
		API: httpapi.Config{Rate: 1e9, PublicRate: 1e9}})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(running, listener) }()
	c := &centre{App: a, host: listener.Addr().String(), tokens: map[string]string{}}
	c.base = "http://" + c.host
	c.stop = func() error {
		cancel()
		return <-ended
	}
	return c, nil
}

// settle founds a centre with stations, whose areas are strips of a province, and
// one account of the command centre; it hands out the stations' ids.
func (c *centre) settle(ctx context.Context, stations int) (ids []string, err error) {
	invitations, err := c.Found(ctx, "330784")
	if err != nil {
		return nil, err
	}
	for _, in := range invitations {
		if err := c.enter(in.Login, in.Token); err != nil {
			return nil, err
		}
	}
	root, err := c.root()
	if err != nil {
		return nil, err
	}
	var areas []object
	for i := range stations {
		var made struct{ ID string }
		name := fmt.Sprint("Station ", i+1)
		if err := c.ask("system", "POST", "/v1/orgs", object{"code": fmt.Sprintf("3307845%02d000", i+10), "name": name, "kind": "station", "parent_id": root}, &made); err != nil {
			return nil, err
		}
		ids = append(ids, made.ID)
		areas = append(areas, object{"type": "Feature", "geometry": object{"type": "Polygon", "coordinates": [][][2]float64{strip(i, stations)}},
			"properties": object{"station_id": made.ID, "name": name, "class": "urban"}})
	}
	if err := c.Access.Refresh(ctx); err != nil {
		return nil, err
	}
	if err := c.ask("system", "POST", "/v1/places/areas", object{"type": "FeatureCollection", "datum": "wgs84", "features": areas}, nil); err != nil {
		return nil, err
	}
	return ids, c.staff("console", "command_centre", root)
}

// strip is the ring of one of so many areas, from west to east.
func strip(i, of int) [][2]float64 {
	const west, east, south, north = 119, 120.7, 28, 29.7
	from, to := west+(east-west)*float64(i)/float64(of), west+(east-west)*float64(i+1)/float64(of)
	return [][2]float64{{from, south}, {to, south}, {to, north}, {from, north}, {from, south}}
}

// root is the organisation above all others.
func (c *centre) root() (string, error) {
	var orgs struct{ Items []struct{ ID string } }
	if err := c.ask("system", "GET", "/v1/orgs", nil, &orgs); err != nil {
		return "", err
	}
	return orgs.Items[0].ID, nil
}

// idle waits until every consumer has taken what there is.
func (c *centre) idle(ctx context.Context) error {
	const limit = 40 * time.Second
	for began := time.Now(); time.Since(began) < limit; time.Sleep(50 * time.Millisecond) {
		lags, err := c.Bus.Lags(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(lags, func(l bus.Lag) bool { return l.Behind > 0 }) {
			return nil
		}
	}
	return fmt.Errorf("facts still wait after %v", limit)
}

type object = map[string]any

// staff makes an account with a role and logs it in.
func (c *centre) staff(login, role, org string) error {
	var made struct {
		ID         string `json:"id"`
		SetupToken string `json:"setup_token"`
	}
	if err := c.ask("system", "POST", "/v1/users", object{"login": login, "display_name": login, "org_id": org}, &made); err != nil {
		return err
	}
	if err := c.ask("security", "POST", "/v1/grants", object{"user_id": made.ID, "role": role, "org_id": org, "reason": "bench"}, nil); err != nil {
		return err
	}
	if err := c.enter(login, made.SetupToken); err != nil {
		return err
	}
	return c.Access.Refresh(context.Background())
}

// enter uses an invitation.
func (c *centre) enter(login, token string) error {
	if err := c.ask("", "POST", "/v1/setup", object{"token": token, "password": password}, nil); err != nil {
		return err
	}
	return c.login(login)
}

func (c *centre) login(login string) error {
	var session struct{ Token string }
	err := c.ask("", "POST", "/v1/login", object{"login": login, "password": password}, &session)
	c.tokens[login] = session.Token
	return err
}

// ask sends one request as somebody; it is for the set-up, not for measuring.
func (c *centre) ask(who, method, path string, body, out any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequest(method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+c.tokens[who])
	}
	w, err := (&http.Client{Timeout: time.Minute}).Do(r)
	if err != nil {
		return err
	}
	defer w.Body.Close()
	answer, err := io.ReadAll(w.Body)
	if err != nil {
		return err
	}
	if w.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, w.StatusCode, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}
