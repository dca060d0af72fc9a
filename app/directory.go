package app

import (
	"context"

	"zhian/module/identity"
	"zhian/module/org"
)

// directory lets pace write names into a sheet for people.
type directory struct {
	org      *org.Service
	identity *identity.Service
}

func (d directory) Centre(ctx context.Context) (string, error) {
	top, err := d.org.Top(ctx)
	if err != nil {
		return "", err
	}
	names, err := d.Orgs(ctx, []string{top})
	return names[top], err
}

func (d directory) Orgs(ctx context.Context, ids []string) (map[string]string, error) {
	list, err := d.org.Some(ctx, ids)
	names := make(map[string]string, len(list))
	for _, o := range list {
		names[o.ID] = o.Name
	}
	return names, err
}

func (d directory) Users(ctx context.Context, ids []string) (map[string]string, error) {
	list, err := d.identity.Some(ctx, ids)
	names := make(map[string]string, len(list))
	for _, a := range list {
		names[a.ID] = a.DisplayName
	}
	return names, err
}
