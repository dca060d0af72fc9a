package twin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"zhian/platform/apiclient"
)

// seat is one member of staff at a console or with a handset. Its session ends
// now and then, as everybody's does; it logs in again.
type seat struct {
	server   *apiclient.Client
	login    string
	password string

	lock    sync.Mutex
	session *apiclient.Client
}

// as is the session, a new one unless it is another than the one that failed.
func (s *seat) as(ctx context.Context, failed *apiclient.Client) (*apiclient.Client, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.session != nil && s.session != failed {
		return s.session, nil
	}
	var in struct {
		Token string `json:"token"`
	}
	if _, err := s.server.Post(ctx, "/v1/login", "", map[string]string{"login": s.login, "password": s.password}, &in); err != nil {
		return nil, fmt.Errorf("%s: %w", s.login, err)
	}
	s.session = s.server.As(in.Token)
	return s.session, nil
}

// do asks once, and once more after logging in again.
func (s *seat) do(ctx context.Context, ask func(*apiclient.Client) error) error {
	session, err := s.as(ctx, nil)
	if err != nil {
		return err
	}
	err = ask(session)
	var refused *apiclient.Refused
	if !errors.As(err, &refused) {
		return err
	}
	if refused.Status == http.StatusUnauthorized {
		if session, err = s.as(ctx, session); err != nil {
			return err
		}
		err = ask(session)
	}
	if errors.As(err, &refused) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

func (s *seat) post(ctx context.Context, path, key string, body, out any) error {
	return s.do(ctx, func(session *apiclient.Client) error {
		_, err := session.Post(ctx, path, key, body, out)
		return err
	})
}

func (s *seat) get(ctx context.Context, path string, out any) error {
	return s.do(ctx, func(session *apiclient.Client) error { return session.Get(ctx, path, out) })
}
