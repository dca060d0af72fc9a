package twin_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"zhian/app"
	"zhian/platform/apiclient"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
	"zhian/twin"
)

// leaping is a clock for the house and the city alike; it leaps to what is
// waited for.
type leaping struct {
	sync.Mutex
	now time.Time
}

func (l *leaping) Now() time.Time {
	l.Lock()
	defer l.Unlock()
	return l.now
}

func (l *leaping) Wait(ctx context.Context, until time.Time) error {
	l.Lock()
	defer l.Unlock()
	if until.After(l.now) {
		l.now = until
	}
	return ctx.Err()
}

const password = "Correct-horse-9"

// The city lives in a whole house, through its API: every call ends in exactly
// one disposition, and nothing that the crews do is refused.
func TestCityLivesInTheHouse(t *testing.T) {
	clock := &leaping{now: time.Date(2026, 3, 2, 19, 0, 0, 0, twin.Zone())}
	a, base := start(t, clock)
	city := twin.New(1)
	post, err := city.Install(t.Context(), admins(t, a, base), password)
	if err != nil {
		t.Fatal(err)
	}
	begun, end := clock.Now(), clock.Now().Add(90*time.Minute)
	if err := city.Drive(t.Context(), post, clock, end, func(err error) { t.Errorf("refused or failed: %v", err) }); err != nil {
		t.Fatal(err)
	}
	calls := 0
	for range city.Calls(begun, end) {
		calls++
	}
	ended := map[string]int{}
	rows, err := sqldb.Read(t.Context(), a.DB, func(tx *sqldb.Tx) ([]string, error) {
		return sqldb.List(tx, sqldb.Statement("incident", "Ends", `SELECT kind FROM incident_entry WHERE kind IN ('closed', 'merged')`), sqldb.ScanString)
	})
	for _, kind := range rows {
		ended[kind]++
	}
	if err != nil || calls < 10 || ended["closed"]+ended["merged"] != calls {
		t.Errorf("%d calls, ends %v, %v", calls, ended, err)
	}
	health, err := a.Examine(t.Context(), false)
	if err != nil || !health.Ledger.OK() || len(health.Differing) != 0 {
		t.Errorf("%+v, %v", health, err)
	}
}

func start(t *testing.T, clock *leaping) (*app.App, string) {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{Data: t.TempDir(), Now: clock.Now, API: httpapi.Config{Rate: 1e6, PublicRate: 1e6},
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewUnstartedServer(nil)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, listening.Listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return a, "http://" + listening.Listener.Addr().String()
}

// admins sets the first administrators' passwords and logs them in.
func admins(t *testing.T, a *app.App, base string) (out twin.Admins) {
	t.Helper()
	invitations, err := a.Found(t.Context(), "330784")
	if err != nil {
		t.Fatal(err)
	}
	public := apiclient.New(base, "")
	for _, in := range invitations {
		var session struct{ Token string }
		if _, err := public.Post(t.Context(), "/v1/setup", "", map[string]string{"token": in.Token, "password": password}, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := public.Post(t.Context(), "/v1/login", "", map[string]string{"login": in.Login, "password": password}, &session); err != nil {
			t.Fatal(err)
		}
		switch in.Login {
		case "system":
			out.System = public.As(session.Token)
		case "security":
			out.Security = public.As(session.Token)
		}
	}
	return out
}
