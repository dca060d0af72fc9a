package replay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"sync"

	"zhian/platform/apiclient"
)

// fleet knows the server's units by call sign and registers those of the file
// that are new, under the organisation of the session's own account.
type fleet struct {
	sync.Mutex
	org    string
	byName map[string]string
	byID   map[string]string
}

type unit struct {
	ID       string `json:"id"`
	CallSign string `json:"call_sign"`
}

func readFleet(ctx context.Context, session *apiclient.Client) (*fleet, error) {
	var me struct {
		OrgID string `json:"org_id"`
	}
	if err := session.Get(ctx, "/v1/me", &me); err != nil {
		return nil, err
	}
	f := &fleet{org: me.OrgID, byName: map[string]string{}, byID: map[string]string{}}
	for after := ""; ; {
		var page struct {
			Items []unit `json:"items"`
			Next  string `json:"next"`
		}
		if err := session.Get(ctx, "/v1/units?limit=500&after="+url.QueryEscape(after), &page); err != nil {
			return nil, err
		}
		for _, u := range page.Items {
			f.know(u)
		}
		if after = page.Next; after == "" {
			return f, nil
		}
	}
}

func (f *fleet) know(u unit) { f.byName[u.CallSign], f.byID[u.ID] = u.ID, u.CallSign }

// id is a unit's id; the first to ask for a new one registers it while the
// others wait.
func (f *fleet) id(ctx context.Context, session *apiclient.Client, name string) (string, error) {
	f.Lock()
	defer f.Unlock()
	if id, ok := f.byName[name]; ok {
		return id, nil
	}
	digest := sha256.Sum256([]byte(f.org + "|" + name))
	form := map[string]string{"call_sign": name, "kind": "car", "org_id": f.org}
	var u unit
	if _, err := session.Post(ctx, "/v1/units", "replay-unit-"+hex.EncodeToString(digest[:16]), form, &u); err != nil {
		return "", err
	}
	f.know(u)
	return u.ID, nil
}

// name is a unit's call sign; one that was registered meanwhile by somebody
// else keeps its id, which no row of the file has.
func (f *fleet) name(id string) string {
	f.Lock()
	defer f.Unlock()
	if name, ok := f.byID[id]; ok {
		return name
	}
	return id
}
