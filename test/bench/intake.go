package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

const manyCallers = 256

// intake: calls taken through the web API, against the bare limit of the
// engine: the same number of callers who each insert a row of an incident, with
// two indexes, and a row of an outbox, and wait for the same kind of commit.
func intake(ctx context.Context, say func(Line)) error {
	return takeCalls(ctx, "intake", "", plainCall, say)
}

// intakeWhole is the same with all that a console sends: a contact that is
// sealed, and an Idempotency-Key under which the answer is kept.
func intakeWhole(ctx context.Context, say func(Line)) error {
	return takeCalls(ctx, "intake_whole", "", wholeCall, say)
}

// intakePostgres is intake on the server of TEST_POSTGRES, in a schema of its
// own; without a server it says nothing.
func intakePostgres(ctx context.Context, say func(Line)) (err error) {
	server := os.Getenv("TEST_POSTGRES")
	if server == "" {
		fmt.Fprintln(os.Stderr, "intake_postgres: TEST_POSTGRES names no server")
		return nil
	}
	database, drop, err := ownSchema(ctx, server)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	return takeCalls(ctx, "intake_postgres", database, plainCall, say)
}

// ownSchema makes an empty schema and the address that uses it.
func ownSchema(ctx context.Context, server string) (database string, drop func() error, err error) {
	admin, err := sql.Open("pgx", server)
	if err != nil {
		return "", nil, err
	}
	const name = "zhian_bench"
	for _, text := range []string{"DROP SCHEMA IF EXISTS " + name + " CASCADE", "CREATE SCHEMA " + name} {
		if _, err := admin.ExecContext(ctx, text); err != nil {
			return "", nil, errors.Join(err, admin.Close())
		}
	}
	glue := "?"
	if strings.Contains(server, "?") {
		glue = "&"
	}
	return server + glue + "search_path=" + name, func() error {
		_, err := admin.Exec("DROP SCHEMA " + name + " CASCADE")
		return errors.Join(err, admin.Close())
	}, nil
}

func takeCalls(ctx context.Context, name, database string, call func(caller, n int) (string, []byte), say func(Line)) (err error) {
	bare, err := bareCommits(ctx, 4*time.Second)
	if err != nil {
		return err
	}
	say(Line{Name: name + ".bare_group_commit", Value: bare.rate(), Unit: "incidents/s"})
	c, err := newCentre(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	l := load{host: c.host, callers: manyCallers, warm: time.Second, lasting: 6 * time.Second, want: 201,
		request: func(out *bytes.Buffer, caller, n int) {
			key, body := call(caller, n)
			post(out, "/v1/incidents", c.tokens["console"], key, body)
		}}
	many, err := l.run(ctx)
	if err != nil {
		return err
	}
	say(Line{Name: name, Value: many.rate(), Unit: "incidents/s", Limit: 15000, RatioTo: name + ".bare_group_commit", Ratio: many.rate() / bare.rate()})
	say(Line{Name: name + ".p99", Value: many.at(.99), Unit: "ms", Limit: 25, RatioTo: "p99 of " + name + ".bare_group_commit", Ratio: many.at(.99) / bare.at(.99)})
	say(Line{Name: name + ".cpu", Value: many.each(), Unit: "us/incident", RatioTo: "cpu of " + name + ".bare_group_commit", Ratio: many.each() / bare.each()})
	if err := c.idle(ctx); err != nil {
		return err
	}
	l.callers, l.lasting = 1, 3*time.Second
	one, err := l.run(ctx)
	if err != nil {
		return err
	}
	say(Line{Name: name + ".one_caller.p50", Value: one.at(.5), Unit: "ms"})
	say(Line{Name: name + ".one_caller.p99", Value: one.at(.99), Unit: "ms", Limit: 2})
	return nil
}

// place spreads calls over an area as large as a province: a county never has
// that many.
func place(caller, n int) (lat, lon float64) {
	i := caller*7919 + n*104729
	return 28.1 + float64(i%1499)/1000, 119.1 + float64(i%1493)/1000
}

func plainCall(caller, n int) (string, []byte) {
	lat, lon := place(caller, n)
	return "", fmt.Appendf(nil, `{"kind_code":"4","address":"No. %d, lane %d","position":{"lat":%.5f,"lon":%.5f},"narrative":"two people argue about a parked car"}`,
		n, caller, lat, lon)
}

func wholeCall(caller, n int) (string, []byte) {
	lat, lon := place(caller, n)
	return fmt.Sprintf("bench-%d-%d", caller, n), fmt.Appendf(nil,
		`{"kind_code":"4","address":"No. %d, lane %d","position":{"lat":%.5f,"lon":%.5f},"narrative":"two people argue about a parked car","contact":{"name":"A","phone":"100%08d"}}`,
		n, caller, lat, lon, n)
}
