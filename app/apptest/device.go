package apptest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// Device is a handset or a screen on the live channel, in memory. What it hears
// is kept until it is looked at; Level waits until it has everything that was
// sent before, so that a test can say what did not come.
type Device struct {
	house  *House
	who    string
	conn   net.Conn
	pongs  chan string
	served chan struct{}
	asked  int

	mu     sync.Mutex
	heard  []map[string]any
	cursor int64
	over   error // why it hears no more
}

// patience is how long a test waits for what must come, of real time.
const patience = 20 * time.Second

// Connect opens somebody's connection from a cursor; 0 begins with what happens
// from now on.
func (h *House) Connect(who string, cursor int64) *Device {
	h.Helper()
	ours, theirs := net.Pipe()
	d := &Device{house: h, who: who, conn: ours, pongs: make(chan string, 1), served: make(chan struct{}), cursor: cursor}
	r := httptest.NewRequestWithContext(h.Context(), "GET", fmt.Sprintf("/v1/live?cursor=%d", cursor), nil)
	r.Header.Set("Authorization", "Bearer "+h.person(who).token)
	for name, value := range map[string]string{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
		r.Header.Set(name, value)
	}
	ready := make(chan error, 1)
	go func() {
		defer close(d.served)
		defer theirs.Close()
		h.API.ServeHTTP(&hijacked{conn: theirs, header: http.Header{}}, r)
	}()
	go d.listen(ready)
	select {
	case err := <-ready:
		if err != nil {
			h.Fatalf("%s does not get through: %v", who, err)
		}
	case <-time.After(patience):
		h.Fatalf("%s waits for ready", who)
	}
	h.TB.Cleanup(d.Close)
	d.Level()
	return d
}

// hijacked gives the server the far end of a pipe.
type hijacked struct {
	conn   net.Conn
	header http.Header
}

func (w *hijacked) Header() http.Header         { return w.header }
func (w *hijacked) Write(b []byte) (int, error) { return w.conn.Write(b) }
func (w *hijacked) WriteHeader(status int) {
	fmt.Fprintf(w.conn, "HTTP/1.1 %d %s\r\nConnection: close\r\n\r\n", status, http.StatusText(status))
}
func (w *hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.conn, bufio.NewReadWriter(bufio.NewReader(w.conn), bufio.NewWriter(w.conn)), nil
}

// listen keeps what comes until the connection ends.
func (d *Device) listen(ready chan<- error) {
	in := bufio.NewReader(d.conn)
	answer, err := http.ReadResponse(in, nil)
	if err == nil && answer.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(answer.Body)
		err = fmt.Errorf("%d %s", answer.StatusCode, bytes.TrimSpace(body))
	}
	for err == nil {
		var head ws.Header
		if head, err = ws.ReadHeader(in); err != nil {
			break
		}
		payload := make([]byte, head.Length)
		if _, err = io.ReadFull(in, payload); err != nil {
			break
		}
		switch head.OpCode {
		case ws.OpPong:
			d.pongs <- string(payload)
		case ws.OpText:
			err = d.keep(payload, ready)
		case ws.OpClose:
			err = io.EOF
		}
	}
	d.mu.Lock()
	d.over = err
	d.mu.Unlock()
	select {
	case ready <- err:
	default:
	}
	close(d.pongs)
}

func (d *Device) keep(payload []byte, ready chan<- error) error {
	var frame map[string]any
	if err := json.Unmarshal(payload, &frame); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if at, ok := frame["cursor"].(float64); ok {
		d.cursor = max(d.cursor, int64(at))
	}
	switch frame["type"] {
	case "hello", "beat":
	case "ready":
		ready <- nil
	default:
		d.heard = append(d.heard, frame)
	}
	return nil
}

// Level waits until everything that was sent to the device has come. It asks
// twice: what goes before all that waits does not wait for an answer on its way,
// and can come just behind the first one.
func (d *Device) Level() {
	d.house.Helper()
	for range 2 {
		d.ping()
	}
}

func (d *Device) ping() {
	d.house.Helper()
	d.asked++
	want := fmt.Sprint(d.asked)
	frame := ws.MaskFrameInPlace(ws.NewPingFrame([]byte(want)))
	if err := ws.WriteFrame(d.conn, frame); err != nil {
		return // it is over, and what came before the end is kept
	}
	select {
	case got, open := <-d.pongs:
		if open && got != want {
			d.house.Fatalf("%s: pong %q, want %q", d.who, got, want)
		}
	case <-time.After(patience):
		d.house.Fatalf("%s hears nothing any more", d.who)
	}
}

// Take hands out what has been heard since the last time, after Level.
func (d *Device) Take() []map[string]any {
	d.house.Helper()
	d.Level()
	d.mu.Lock()
	defer d.mu.Unlock()
	heard := d.heard
	d.heard = nil
	return heard
}

// Keep puts frames back in front of what is heard next.
func (d *Device) Keep(frames []map[string]any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.heard = append(frames, d.heard...)
}

// Over says that the connection has ended.
func (d *Device) Over() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over != nil
}

// Cursor is how far the device has come.
func (d *Device) Cursor() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cursor
}

// Close ends the connection and waits until the house has noticed.
func (d *Device) Close() {
	d.conn.Close()
	<-d.served
}

// carries says whether people of a role have a handset with them.
func carries(role string) bool { return role == "officer" || role == "auxiliary" }
