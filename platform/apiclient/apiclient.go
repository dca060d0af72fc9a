// Package apiclient asks a server's web API from outside, as any program may:
// a request that changes something carries an Idempotency-Key and is repeated
// under it while the server is busy or out, so that a lost answer neither loses
// nor doubles anything.
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Repetitions last about a minute together: long enough for a restart.
const (
	repetitions  = 8
	firstPause   = 250 * time.Millisecond
	answerLimit  = 32 << 20
	requestLimit = time.Minute
)

// Client is one session at a server. It is safe for many goroutines.
type Client struct {
	base  string
	token string
	http  *http.Client
	pause time.Duration // before the first repetition; doubles
}

// New is a client of the server at a base address like http://127.0.0.1:8110,
// with a session's token, or without one for what is public.
func New(base, token string) *Client {
	return &Client{base: strings.TrimRight(base, "/"), token: token, pause: firstPause,
		http: &http.Client{Timeout: requestLimit, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
}

// As is the same server with another session; connections are shared.
func (c *Client) As(token string) *Client {
	other := *c
	other.token = token
	return &other
}

// Pausing is the same session with another first pause, for tests.
func (c *Client) Pausing(first time.Duration) *Client {
	other := *c
	other.pause = first
	return &other
}

// Refused is what the server understood and will not have (RFC 9457). Repeating
// it is of no use.
type Refused struct {
	Status int            `json:"status"`
	Key    string         `json:"key"` // stable: "incident.already_closed"
	Path   string         `json:"path"`
	Params map[string]any `json:"params"`
	asked  string
}

func (r *Refused) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%s: %d %s %s", r.asked, r.Status, r.Key, r.Path))
}

// Get reads path into out.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	_, err := c.ask(ctx, http.MethodGet, path, "", nil, out)
	return err
}

// Post sends body, as JSON, under a key, and reads the answer into out unless it
// is nil. replayed says that the server had answered this very request before.
// Without a key a request is not repeated once it may have arrived.
func (c *Client) Post(ctx context.Context, path, key string, body, out any) (replayed bool, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return false, err
	}
	header, err := c.ask(ctx, http.MethodPost, path, key, text, out)
	return header.Get("Idempotent-Replayed") == "true", err
}

// passing wraps outcomes that may be different in a moment; unsure ones may
// have been carried out.
type passing struct {
	error
	unsure bool
}

func (c *Client) ask(ctx context.Context, method, path, key string, body []byte, out any) (http.Header, error) {
	pause := c.pause
	for try := 0; ; try++ {
		header, err := c.once(ctx, method, path, key, body, out)
		var p *passing
		if !errors.As(err, &p) || try == repetitions || p.unsure && method != http.MethodGet && key == "" {
			return header, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
			pause *= 2
		}
	}
}

func (c *Client) once(ctx context.Context, method, path, key string, body []byte, out any) (http.Header, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	c.label(r, key)
	answer, err := c.http.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &passing{err, true}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, answerLimit))
	if err != nil {
		return nil, &passing{err, true}
	}
	if answer.StatusCode >= 300 {
		return answer.Header, refusal(method+" "+path, answer.StatusCode, text)
	}
	if out == nil {
		return answer.Header, nil
	}
	return answer.Header, json.Unmarshal(text, out)
}

func (c *Client) label(r *http.Request, key string) {
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if r.Method != http.MethodGet {
		r.Header.Set("Content-Type", "application/json")
	}
}

// refusal sorts an answer that is no success: busy or out, or a refusal. An
// answer without a problem in it does not come from our server.
func refusal(asked string, status int, text []byte) error {
	r := &Refused{Status: status, asked: asked}
	named := json.Unmarshal(text, r) == nil && r.Key != ""
	r.Status = status
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		return &passing{r, false}
	case status >= 500:
		return &passing{r, true}
	case !named:
		return fmt.Errorf("%s: status %d", asked, status)
	}
	return r
}
