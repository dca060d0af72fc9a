package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Kept is an audit event that the storage did not take, and why.
type Kept struct {
	Event AuditEvent `json:"event"`
	Error string     `json:"error"`
}

// spill is a file of such events, one JSON text a line, synced.
type spill struct {
	path string
	mu   sync.Mutex
}

var errNoFile = errors.New("no file for audit events is configured")

func (s *spill) put(list ...Kept) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.path == "" {
		return errNoFile
	}
	text, err := linesOf(list)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append([]byte("\n"), text...)) // a crash may have torn the line before
	return errors.Join(err, f.Sync(), f.Close())
}

func linesOf(list []Kept) (text []byte, err error) {
	for _, k := range list {
		line, err := json.Marshal(k, jsontext.AllowInvalidUTF8(true))
		if err != nil {
			return nil, err
		}
		text = append(append(text, line...), '\n')
	}
	return text, nil
}

func (s *spill) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, _ := s.read()
	return len(list)
}

// list is what is in the file.
func (s *spill) list() ([]Kept, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read()
}

// read leaves out a last line that a crash has torn: its event was not promised.
func (s *spill) read() ([]Kept, error) {
	list := []Kept{}
	text, err := os.ReadFile(s.path)
	if err != nil {
		if s.path == "" || errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return list, err
	}
	for line := range bytes.Lines(text) {
		var k Kept
		if json.Unmarshal(line, &k, jsontext.AllowInvalidUTF8(true)) == nil {
			list = append(list, k)
		}
	}
	return list, nil
}

// sift goes through the file and leaves in it what stay says.
func (s *spill) sift(stay func(Kept) (Kept, bool)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, err := s.read()
	if err != nil || len(list) == 0 {
		return err
	}
	var left []Kept
	for _, k := range list {
		if k, stays := stay(k); stays {
			left = append(left, k)
		}
	}
	text, err := linesOf(left)
	if err != nil {
		return err
	}
	return s.replace(text)
}

// replace is done or not done, also when the power fails in between.
func (s *spill) replace(text []byte) error {
	if len(text) == 0 {
		return os.Remove(s.path)
	}
	f, err := os.OpenFile(s.path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(s.path+".new", s.path)
}

// ownRoutes let operations see what the storage did not take.
func (s *Server) ownRoutes() []Route {
	return []Route{
		{Pattern: "GET /v1/ops/audit", Perm: "ops.audit.read", Audit: AuditRead,
			Summary: "The oldest audit events kept in a file because the storage did not take them", Do: Do(s.listKept)},
		{Pattern: "GET /v1/ops/held", Perm: "ops.held.read", Audit: AuditNone,
			Summary: "The oldest requests that wait in this node's spool for the database", Do: Do(s.listHeld)},
	}
}

const keptShown = 500

func (s *Server) listKept(context.Context, Nothing) (page List[Kept], err error) {
	page.Items, err = s.trail.spill.list()
	page.Items = page.Items[:min(len(page.Items), keptShown)]
	return page, err
}
