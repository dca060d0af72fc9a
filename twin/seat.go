package twin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"zhian/platform/apiclient"
)

// seat is one member of staff at a console or with a handset. Who sits down for
// the first time sets their password; hashing one keeps a core busy for a
// while, so nobody does before they have to. A session ends now and then, as
// everybody's does; the seat logs in again.
type seat struct {
	server     *apiclient.Client
	login      string
	invitation string // empty once it was used
	password   string
	device     string // empty at a desk

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
	if err := s.useInvitation(ctx); err != nil {
		return nil, err
	}
	var in struct {
		Token string `json:"token"`
	}
	if _, err := s.server.Post(ctx, "/v1/login", "", map[string]string{"login": s.login, "password": s.password, "device_id": s.device}, &in); err != nil {
		return nil, fmt.Errorf("%s: %w", s.login, err)
	}
	s.session = s.server.As(in.Token)
	return s.session, nil
}

// setUp sets the password without sitting down.
func (s *seat) setUp(ctx context.Context) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.useInvitation(ctx)
}

// useInvitation is for whoever holds the lock. An invitation that the server does
// not know any more was used by an attempt whose answer was lost.
func (s *seat) useInvitation(ctx context.Context) error {
	if s.invitation == "" {
		return nil
	}
	_, err := s.server.Post(ctx, "/v1/setup", "", map[string]string{"token": s.invitation, "password": s.password}, nil)
	var refused *apiclient.Refused
	if err != nil && !(errors.As(err, &refused) && refused.Status == http.StatusNotFound) {
		return fmt.Errorf("%s: %w", s.login, err)
	}
	s.invitation = ""
	return nil
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
