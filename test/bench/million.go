package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"zhian/app"
	"zhian/module/incident"
	"zhian/platform/sqldb"
)

const (
	millionCount    = 1_000_000
	millionStations = 15
	millionYears    = 3
	millionOpen     = 2500 // and these come in through the web API:
	millionFresh    = 500
	millionKept     = 12 * time.Hour
	askers          = 2
	askedFor        = 750 * time.Millisecond
)

// million: what consoles ask most, and what people look for, in a county's three
// years: a million incidents in SQLite, three thousand of them open. Several
// callers ask one question after the other; the client shares the processors.
func million(ctx context.Context, say func(Line)) (err error) {
	dir, err := millionFolder(ctx, say)
	if err != nil {
		return err
	}
	c, err := openCentre(ctx, dir, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	a := asking{centre: c}
	if err := a.learn(); err != nil {
		return err
	}
	for _, q := range a.questions() {
		o, err := a.ask(ctx, q.who, q.path)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		limit := 10.
		if q.name == "text" { // no index holds what people said of a place: a month's calls are looked at
			limit = 0
		}
		say(Line{Name: "million." + q.name + ".p50", Value: o.at(.5), Unit: "ms"})
		say(Line{Name: "million." + q.name + ".p99", Value: o.at(.99), Unit: "ms", Limit: limit})
	}
	return nil
}

// millionFolder is a data folder with the million; one that was made within the
// last hours, for the same tables, is used again.
func millionFolder(ctx context.Context, say func(Line)) (string, error) {
	mark, err := tablesMark()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(os.TempDir(), "zhian-bench-million")
	ready := filepath.Join(dir, "ready-"+mark)
	if f, err := os.Stat(ready); err == nil && time.Since(f.ModTime()) < millionKept {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	begun := time.Now()
	if err := makeMillion(ctx, dir); err != nil {
		return "", err
	}
	say(Line{Name: "million.made_in", Value: time.Since(begun).Seconds(), Unit: "s"})
	return dir, os.WriteFile(ready, nil, 0o600)
}

func makeMillion(ctx context.Context, dir string) (err error) {
	c, err := openCentre(ctx, dir, "")
	if err != nil {
		return err
	}
	stations, err := c.settle(ctx, millionStations)
	if err == nil {
		var root string
		if root, err = c.root(); err == nil {
			err = errors.Join(c.staff("leader", "station_leader", stations[0]), c.staff("bureau", "bureau_leader", root))
		}
	}
	if err = errors.Join(err, c.stop()); err != nil {
		return err
	}
	years := time.Duration(millionYears) * 365 * 24 * time.Hour
	p := past{stations: stations, count: millionCount, open: millionOpen, gap: years / millionCount, begin: time.Now().Add(-years)}
	if err := p.fill(ctx, filepath.Join(dir, "zhian.db")); err != nil {
		return err
	}
	if c, err = openCentre(ctx, dir, ""); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if err := c.login("console"); err != nil {
		return err
	}
	for n := range millionFresh {
		lat, lon := place(n%millionStations, n)
		call := object{"kind_code": "4", "address": fmt.Sprintf("No. %d, lane %d", n, n%millionStations), "position": object{"lat": lat, "lon": lon},
			"narrative": "two people argue about a parked car"}
		if err := c.ask("console", "POST", "/v1/incidents", call, nil); err != nil {
			return err
		}
	}
	return nil
}

//go:embed past.go
var pastSource []byte

// tablesMark is another one when any table is, or what is written into them.
func tablesMark() (string, error) {
	h := fnv.New64a()
	fmt.Fprint(h, millionCount, millionOpen, millionFresh)
	h.Write(pastSource)
	for _, room := range app.Schemas {
		err := fs.WalkDir(room.Files, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(room.Files, path)
			h.Write(text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return strconv.FormatUint(h.Sum64(), 36), nil
}

// fill writes everything, in order; while one part is written the next ones are
// made. Nothing is forced to disk before the end: who loses power begins again.
func (p past) fill(ctx context.Context, path string) (err error) {
	db, err := sqldb.Open(ctx, path, sqldb.Options{Synchronous: "OFF"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	type made struct {
		calls []sqldb.Call
		err   error
	}
	parts := make(chan chan made, runtime.NumCPU())
	go func() {
		defer close(parts)
		for n := range (p.count + chunk - 1) / chunk {
			part := make(chan made, 1)
			go func() {
				calls, err := p.write(n)
				part <- made{calls, err}
			}()
			parts <- part
		}
	}()
	for part := range parts {
		m := <-part
		if err == nil {
			err = m.err
		}
		if err == nil {
			err = db.Do(ctx, func(tx *sqldb.Tx) error { return tx.ExecAll(m.calls...) })
		}
	}
	return err
}

// asking is somebody with a few consoles.
type asking struct {
	*centre
	stations  []string
	incidents []incident.Row // some of all years
}

// question is what one console asks again and again, and who.
type question struct {
	name, who string
	path      func(*rand.Rand) string
}

// learn logs in and gathers stations and incidents to ask for.
func (a *asking) learn() error {
	for _, who := range []string{"console", "leader", "bureau"} {
		if err := a.login(who); err != nil {
			return err
		}
	}
	var orgs struct{ Items []struct{ ID, Kind string } }
	if err := a.centre.ask("console", "GET", "/v1/orgs", nil, &orgs); err != nil {
		return err
	}
	for _, o := range orgs.Items {
		if o.Kind == "station" {
			a.stations = append(a.stations, o.ID)
		}
	}
	for n := range 40 {
		var page incident.Page
		at := time.Now().Add(-time.Duration(n) * millionYears * 365 * 24 * time.Hour / 40)
		if err := a.centre.ask("console", "GET", "/v1/incidents?limit=500&to="+stamp(at), nil, &page); err != nil {
			return err
		}
		a.incidents = append(a.incidents, page.Items...)
	}
	return nil
}

func stamp(t time.Time) string { return url.QueryEscape(t.UTC().Format(time.RFC3339)) }

// questions are all of them; the first three are what the house promises.
func (a *asking) questions() []question {
	some := func(r *rand.Rand) incident.Row { return a.incidents[r.IntN(len(a.incidents))] }
	station := func(r *rand.Rand) string { return a.stations[r.IntN(len(a.stations))] }
	fixed := func(path string) func(*rand.Rand) string { return func(*rand.Rand) string { return path } }
	day := func(r *rand.Rand) string {
		at := some(r).CalledAt
		return "from=" + stamp(at) + "&to=" + stamp(at.Add(24*time.Hour))
	}
	return []question{
		{"board", "console", fixed("/v1/board")},
		{"station", "console", func(r *rand.Rand) string { return "/v1/incidents?station_id=" + station(r) }},
		{"timeline", "console", func(r *rand.Rand) string { return "/v1/incidents/" + string(some(r).ID) + "/timeline" }},
		{"incident", "console", func(r *rand.Rand) string { return "/v1/incidents/" + string(some(r).ID) }},
		{"board.whole", "console", fixed("/v1/board?limit=500")},
		{"board.own", "leader", fixed("/v1/board")},
		{"board.status", "console", fixed("/v1/board?status=en_route")},
		{"newest", "bureau", fixed("/v1/incidents")},
		{"own", "leader", fixed("/v1/incidents")},
		{"day", "console", func(r *rand.Rand) string { return "/v1/incidents?" + day(r) }},
		{"station.day", "console", func(r *rand.Rand) string { return "/v1/incidents?station_id=" + station(r) + "&" + day(r) }},
		{"station.month", "console", func(r *rand.Rand) string {
			return "/v1/incidents?station_id=" + station(r) + "&from=" + stamp(time.Now().Add(-30*24*time.Hour))
		}},
		{"page", "console", func(r *rand.Rand) string { return "/v1/incidents?to=" + stamp(some(r).CalledAt) }},
		{"kind", "console", fixed("/v1/incidents?kind=4")},
		{"kind.rare", "console", fixed("/v1/incidents?kind=9")},
		{"station.kind", "console", func(r *rand.Rand) string { return "/v1/incidents?kind=1&station_id=" + station(r) }},
		{"priority", "console", fixed("/v1/incidents?priority=1")},
		{"status", "console", fixed("/v1/incidents?status=withdrawn")},
		{"status.open", "console", fixed("/v1/incidents?status=on_scene")},
		{"status.rare", "console", fixed("/v1/incidents?status=transferred")},
		{"number", "console", func(r *rand.Rand) string { return "/v1/incidents?number=" + some(r).Number }},
		{"earlier", "console", func(r *rand.Rand) string { return "/v1/incidents/" + string(some(r).ID) + "/earlier" }},
		{"text", "console", func(r *rand.Rand) string { return "/v1/incidents?text=" + url.QueryEscape(some(r).Address) }},
	}
}

// ask has a question asked for a time.
func (a *asking) ask(ctx context.Context, who string, path func(*rand.Rand) string) (outcome, error) {
	var seeds atomic.Uint64
	return together(askers, askedFor/4, askedFor, func(until func() bool, took func(time.Time)) error {
		conn, err := net.Dial("tcp", a.host)
		if err != nil {
			return err
		}
		defer conn.Close()
		in, random := bufio.NewReaderSize(conn, 64<<10), rand.New(rand.NewPCG(30, seeds.Add(1)))
		for ctx.Err() == nil && until() {
			sent := time.Now()
			if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n\r\n", path(random), a.tokens[who]); err != nil {
				return err
			}
			if err := readAnswer(in); err != nil {
				return err
			}
			took(sent)
		}
		return ctx.Err()
	})
}

// readAnswer reads an answer of any length.
func readAnswer(in *bufio.Reader) error {
	w, err := http.ReadResponse(in, nil)
	if err != nil {
		return err
	}
	defer w.Body.Close()
	if w.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(w.Body)
		return fmt.Errorf("%s: %s", w.Status, text)
	}
	_, err = io.Copy(io.Discard, w.Body)
	return err
}
