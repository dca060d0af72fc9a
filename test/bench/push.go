package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// A province in small: stations with two officers and a leader each, who together
// have two thousand connections.
const (
	pushStations = 100
	pushOfficers = 2  // of a station, each with a unit and a handset
	pushDesks    = 18 // connections of a station's leader
	pushRate     = 500
	pushCallers  = 48
	pushWarm     = 2 * time.Second
	pushLong     = 6 * time.Second
)

// push: from a dispatch to the frame on the handset of the officer who is sent:
// the fact is heard, the push composed and kept, and handed over. Counted from
// the answer to the dispatcher, who has it when the dispatch is committed, and
// from the moment the dispatcher asks.
func push(ctx context.Context, say func(Line)) (err error) {
	c, err := newCentre(ctx, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	p := &pushes{centre: c, asked: map[string]time.Time{}, answered: map[string]time.Time{}, arrived: map[string]time.Time{}}
	defer p.hangUp()
	if err := p.staff(ctx); err != nil {
		return err
	}
	orders, err := p.calls(int(pushRate * (pushWarm + pushLong).Seconds()))
	if err != nil {
		return err
	}
	before := busySoFar()
	if err := p.dispatch(orders); err != nil {
		return err
	}
	busy := busySoFar() - before
	if err := p.settle(len(orders)); err != nil {
		return err
	}
	answer, after, whole := p.took(orders[int(pushRate*pushWarm.Seconds()):])
	say(Line{Name: "push.answer.p99", Value: answer.at(.99), Unit: "ms"})
	say(Line{Name: "push.p50", Value: after.at(.5), Unit: "ms", Limit: 1, RatioTo: "p50 of push.answer", Ratio: after.at(.5) / answer.at(.5)})
	say(Line{Name: "push.p99", Value: after.at(.99), Unit: "ms", Limit: 5, RatioTo: "push.answer.p99", Ratio: after.at(.99) / answer.at(.99)})
	say(Line{Name: "push.whole.p99", Value: whole.at(.99), Unit: "ms", RatioTo: "push.answer.p99", Ratio: whole.at(.99) / answer.at(.99)})
	say(Line{Name: "push.cpu", Value: busy.Seconds() * 1e6 / float64(len(orders)), Unit: "us/dispatch"})
	return nil
}

// pushes is the load and what was seen of it.
type pushes struct {
	*centre
	units [][]string // of each station
	conns []net.Conn

	mu                       sync.Mutex
	asked, answered, arrived map[string]time.Time // by incident
}

// order is one dispatch to come.
type order struct{ incident, unit string }

// staff makes stations, people and units, and connects everybody.
func (p *pushes) staff(ctx context.Context) error {
	var orgs struct{ Items []struct{ ID string } }
	if err := p.ask("system", "GET", "/v1/orgs", nil, &orgs); err != nil {
		return err
	}
	for i := range pushStations {
		var made struct{ ID string }
		if err := p.ask("system", "POST", "/v1/orgs", object{"code": fmt.Sprintf("3307846%02d000", i), "name": fmt.Sprint("S", i), "kind": "station", "parent_id": orgs.Items[0].ID}, &made); err != nil {
			return err
		}
		p.units = append(p.units, nil)
		for n := range pushOfficers {
			if err := p.officer(ctx, i, n, made.ID); err != nil {
				return err
			}
		}
		leader := fmt.Sprint("leader", i)
		if err := p.centre.staff(leader, "station_leader", made.ID); err != nil {
			return err
		}
		for range pushDesks {
			if err := p.connect(ctx, leader, func([]byte) {}); err != nil {
				return err
			}
		}
	}
	return nil
}

// officer goes on duty in a unit of their own and switches the handset on.
func (p *pushes) officer(ctx context.Context, station, n int, org string) error {
	login := fmt.Sprintf("officer%d-%d", station, n)
	if err := p.centre.staff(login, "officer", org); err != nil {
		return err
	}
	var session struct {
		Token   string
		Account struct{ ID string }
	}
	if err := p.ask("", "POST", "/v1/login", object{"login": login, "password": password, "device_id": login}, &session); err != nil {
		return err
	}
	p.tokens[login] = session.Token
	var unit struct{ ID string }
	if err := p.ask("console", "POST", "/v1/units", object{"call_sign": login, "kind": "car", "org_id": org}, &unit); err != nil {
		return err
	}
	if err := p.ask("console", "POST", "/v1/units/"+unit.ID+"/duty", object{"user_id": session.Account.ID}, nil); err != nil {
		return err
	}
	p.units[station] = append(p.units[station], unit.ID)
	return p.connect(ctx, login, p.watch)
}

// connect opens a live connection, answers its pings, and shows each payload to see.
func (p *pushes) connect(ctx context.Context, who string, see func(payload []byte)) error {
	header := ws.HandshakeHeaderHTTP(http.Header{"Authorization": {"Bearer " + p.tokens[who]}})
	conn, in, err := dial(ctx, "ws://"+p.host+"/v1/live", header)
	if err != nil {
		return err
	}
	p.conns = append(p.conns, conn)
	if err := (greeting{hear: `"ready"`}).meet(conn, in); err != nil {
		return err
	}
	go func() {
		buffered := bufio.NewReader(in)
		for {
			f, err := ws.ReadFrame(buffered)
			if err == nil && f.Header.OpCode == ws.OpPing {
				err = ws.WriteFrame(conn, ws.MaskFrame(ws.NewPongFrame(f.Payload)))
			}
			if err != nil {
				return
			}
			see(f.Payload)
		}
	}()
	return nil
}

// watch notes when the push of each incident comes.
func (p *pushes) watch(payload []byte) {
	now := time.Now()
	if !bytes.Contains(payload, []byte(`"inbox.message"`)) {
		return
	}
	id := member(payload, "incident_id")
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.arrived[id].IsZero() {
		p.arrived[id] = now
	}
}

// member is the text of the first member of that name.
func member(text []byte, name string) string {
	_, after, found := bytes.Cut(text, []byte(`"`+name+`":"`))
	value, _, closed := bytes.Cut(after, []byte(`"`))
	if !found || !closed {
		return ""
	}
	return string(value)
}

// calls takes as many calls as will be dispatched, to each station in turn.
func (p *pushes) calls(n int) ([]order, error) {
	orders := make([]order, n)
	var stations struct {
		Items []struct {
			ID   string
			Name string
			Kind string
		}
	}
	if err := p.ask("system", "GET", "/v1/orgs", nil, &stations); err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, s := range stations.Items {
		ids[s.Name] = s.ID
	}
	return orders, inParallel(pushCallers, n, func(conn net.Conn, in *bufio.Reader, i int) error {
		lat, lon := place(0, i)
		station := i % pushStations
		body := fmt.Appendf(nil, `{"kind_code":"4","address":"No. %d","position":{"lat":%.5f,"lon":%.5f},"station_id":%q,"narrative":"two people argue about a parked car"}`,
			i, lat, lon, ids[fmt.Sprint("S", station)])
		answer, err := exchange(conn, in, "/v1/incidents", p.tokens["console"], body, http.StatusCreated)
		orders[i] = order{member(answer, "id"), p.units[station][i/pushStations%pushOfficers]}
		return err
	}, p.host, 0)
}

// dispatch sends every order at its time.
func (p *pushes) dispatch(orders []order) error {
	return inParallel(pushCallers, len(orders), func(conn net.Conn, in *bufio.Reader, i int) error {
		o := orders[i]
		body := fmt.Appendf(nil, `{"unit_ids":[%q],"reason":"bench"}`, o.unit)
		asked := time.Now()
		_, err := exchange(conn, in, "/v1/incidents/"+o.incident+"/dispatch", p.tokens["console"], body, http.StatusOK)
		answered := time.Now()
		p.mu.Lock()
		p.asked[o.incident], p.answered[o.incident] = asked, answered
		p.mu.Unlock()
		return err
	}, p.host, time.Second/pushRate)
}

// inParallel does n things over connections of their own; thing i not before its
// time.
func inParallel(callers, n int, do func(net.Conn, *bufio.Reader, int) error, host string, every time.Duration) error {
	begun := time.Now()
	things := make(chan int)
	errs := make(chan error, callers)
	for range callers {
		go func() {
			errs <- func() error {
				conn, err := net.Dial("tcp", host)
				if err != nil {
					return err
				}
				defer conn.Close()
				in := bufio.NewReaderSize(conn, 16<<10)
				for i := range things {
					if err := do(conn, in, i); err != nil {
						return err
					}
				}
				return nil
			}()
		}()
	}
	var failed error
	for i := range n {
		time.Sleep(time.Until(begun.Add(time.Duration(i) * every)))
		select {
		case things <- i:
			continue
		case failed = <-errs:
			callers--
		}
		break
	}
	close(things)
	for range callers {
		failed = errors.Join(failed, <-errs)
	}
	return failed
}

// exchange posts and reads the answer's body.
func exchange(conn net.Conn, in *bufio.Reader, path, token string, body []byte, want int) ([]byte, error) {
	var out bytes.Buffer
	post(&out, path, token, "", body)
	if _, err := conn.Write(out.Bytes()); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != want {
		err = fmt.Errorf("%s: %d %s", path, answer.StatusCode, text)
	}
	return text, err
}

// settle waits until every push has come.
func (p *pushes) settle(n int) error {
	for until := time.Now().Add(tooLong); ; {
		p.mu.Lock()
		came := len(p.arrived)
		p.mu.Unlock()
		if came == n {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("%d of %d pushes came", came, n)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// took is how long the dispatcher waited for the answer, how long after it the
// push came, and how long after the question. A push can be there before the answer.
func (p *pushes) took(orders []order) (answer, after, whole outcome) {
	for _, o := range orders {
		asked, answered, arrived := p.asked[o.incident], p.answered[o.incident], p.arrived[o.incident]
		answer.took = append(answer.took, answered.Sub(asked))
		after.took = append(after.took, max(0, arrived.Sub(answered)))
		whole.took = append(whole.took, arrived.Sub(asked))
	}
	for _, o := range []outcome{answer, after, whole} {
		slices.Sort(o.took)
	}
	return answer, after, whole
}

func (p *pushes) hangUp() {
	for _, conn := range p.conns {
		conn.Close()
	}
}
