package httpapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds the answers kept under Idempotency-Keys.
var Schema = sqldb.Schema{Room: "httpapi", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this room, for the guard that prepares them on both engines.
var Queries = sqldb.Load("httpapi", queriesText)

// rider goes with the transaction of a request: it keeps the answer under the
// Idempotency-Key and writes the audit event, both in that very transaction.
type rider struct {
	server *served
	call   *call
	key    string
	digest [sha256.Size]byte
	who    Principal
	event  *AuditEvent
	answer []byte
	held   error // the answer that was given when the request was held, a *replayed
}

// replayed carries an earlier answer out through the service as an error.
type replayed struct {
	status int
	body   []byte
	first  bool // it is not a repetition: the request was held just now
}

func (*replayed) Error() string { return "this request was answered before" }

// KeyMax is the longest Idempotency-Key that counts, in bytes.
const KeyMax = 128

// riderFor is nil when the request has nothing to send along. A key that cannot be
// kept is refused: who sends one relies on it.
func (s *served) riderFor(r *http.Request, p Principal, c *call, body []byte) (*rider, error) {
	if safe(r) {
		return nil, nil
	}
	ride := &rider{server: s, call: c, who: p}
	if key := r.Header.Get("Idempotency-Key"); key != "" && !p.Anonymous && !s.route.Secret {
		if len(key) > KeyMax {
			return nil, fault.With(fault.At("Idempotency-Key", "request.text_too_long"), "max", KeyMax)
		}
		if strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) {
			return nil, fault.At("Idempotency-Key", "request.malformed_value")
		}
		ride.key, ride.digest = key, s.digest(r, body)
	}
	if s.route.Audit == AuditChange || s.route.Audit == AuditAdmin {
		e := s.event(r, p, c, "", "ok")
		ride.event = &e
	}
	if ride.key == "" && ride.event == nil {
		return nil, nil
	}
	return ride, nil
}

// digest tells two requests apart that carry the same key. It is keyed: whoever
// reads the table could otherwise try which phone number a body held.
func (s *Server) digest(r *http.Request, body []byte) [sha256.Size]byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(r.Method + " " + r.URL.Path + "\n"))
	h.Write(body)
	return [sha256.Size]byte(h.Sum(nil))
}

// kept is an earlier answer.
type kept struct {
	digest []byte
	status int
	body   []byte
}

func scanKept(r sqldb.Scanner) (k kept, err error) {
	err = r.Scan(&k.digest, &k.status, &k.body)
	return k, err
}

// Before looks for an earlier answer to the same request.
func (r *rider) Before(tx *sqldb.Tx) error {
	if r.key == "" {
		return nil
	}
	k, err := sqldb.Get(tx, Queries["Answer"], scanKept, r.who.UserID, r.key)
	switch {
	case err == sqldb.ErrNone:
		return nil
	case err != nil:
		return err
	case string(k.digest) != string(r.digest[:]):
		return fault.New(fault.Conflict, "request.idempotency_key_reused")
	}
	return &replayed{status: k.status, body: k.body}
}

// After keeps the answer and the audit event with the work.
func (r *rider) After(tx *sqldb.Tx, result any) error {
	if r.event != nil {
		if r.event.Class == AuditAdmin {
			r.event.Purpose = r.call.reason
		}
		r.event.Change = r.call.change
		if id := idOf(result); r.server.route.Status == http.StatusCreated && id != "" {
			r.event.Object += "/" + id
		}
		if err := r.server.auditor.Record(tx, *r.event); err != nil {
			return err
		}
	}
	if r.key == "" || reflect.TypeOf(result) != r.server.route.Do.out {
		return nil
	}
	status, answer, err := r.told(result)
	if err != nil {
		return err
	}
	r.answer = answer
	_, err = tx.Exec(Queries["KeepAnswer"], r.who.UserID, r.key, r.digest[:], status, r.answer, r.server.now().UnixMilli())
	return err
}

// idOf is the id of what was made, if it has one.
func idOf(result any) string {
	v := reflect.ValueOf(result)
	if v.Kind() != reflect.Struct {
		return ""
	}
	if id := v.FieldByName("ID"); id.IsValid() && id.Kind() == reflect.String {
		return id.String()
	}
	return ""
}

// told is the answer to keep: the one that was given, if the request was held.
func (r *rider) told(result any) (status int, body []byte, err error) {
	var held *replayed
	if errors.As(r.held, &held) {
		return held.status, held.body, nil
	}
	body, err = json.Marshal(result)
	return r.server.route.Status, body, err
}

// event is the audit record of a request.
func (s *served) event(r *http.Request, p Principal, c *call, purpose, result string) AuditEvent {
	return AuditEvent{At: s.now(), Actor: p, Address: c.address, RequestID: c.id, Class: s.route.Audit,
		Action: s.route.Pattern, Object: strings.TrimPrefix(r.URL.Path, "/v1/"), Purpose: purpose, Result: result}
}

func purposeOf(route Route, in any) string {
	if !route.Purpose {
		return ""
	}
	return reflect.ValueOf(in).FieldByIndex(route.Do.plan.purpose).String()
}
