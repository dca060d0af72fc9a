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
	"time"

	"zhian/app"
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

// newCentre starts a house on an empty database; database "" is SQLite in a
// temporary folder.
func newCentre(ctx context.Context, database string) (*centre, error) {
	dir, err := os.MkdirTemp("", "zhian-bench")
	if err != nil {
		return nil, err
	}
	a, err := app.New(ctx, app.Config{Data: dir, Database: database, Log: slog.New(slog.DiscardHandler),
		API: httpapi.Config{Rate: 1e9, PublicRate: 1e9}})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
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
		return errors.Join(<-ended, os.RemoveAll(dir))
	}
	if err := c.settle(ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// settle makes one station with its area and one account of the command centre.
func (c *centre) settle(ctx context.Context) error {
	invitations, err := c.Found(ctx, "330784")
	if err != nil {
		return err
	}
	for _, in := range invitations {
		if err := c.enter(in.Login, in.Token); err != nil {
			return err
		}
	}
	var orgs struct{ Items []struct{ ID string } }
	if err := c.ask("system", "GET", "/v1/orgs", nil, &orgs); err != nil {
		return err
	}
	root := orgs.Items[0].ID
	var made struct {
		ID         string `json:"id"`
		SetupToken string `json:"setup_token"`
	}
	if err := c.ask("system", "POST", "/v1/orgs", object{"code": "330784510000", "name": "First", "kind": "station", "parent_id": root}, &made); err != nil {
		return err
	}
	c.station = made.ID
	if err := c.Access.Refresh(ctx); err != nil {
		return err
	}
	ring := [][2]float64{{119, 28}, {120.7, 28}, {120.7, 29.7}, {119, 29.7}, {119, 28}}
	area := object{"type": "FeatureCollection", "datum": "wgs84", "features": []object{{"type": "Feature",
		"geometry":   object{"type": "Polygon", "coordinates": [][][2]float64{ring}},
		"properties": object{"station_id": c.station, "name": "First", "class": "urban"}}}}
	if err := c.ask("system", "POST", "/v1/places/areas", area, nil); err != nil {
		return err
	}
	return c.staff("console", "command_centre", root)
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

func (c *centre) enter(login, token string) error {
	if err := c.ask("", "POST", "/v1/setup", object{"token": token, "password": password}, nil); err != nil {
		return err
	}
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
