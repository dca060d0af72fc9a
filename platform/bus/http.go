package bus

import (
	"context"
	"strconv"
	"time"

	"zhian/platform/fault"
	"zhian/platform/httpapi"
)

// Permissions of those who run the service.
const (
	permRead  httpapi.Perm = "ops.facts.read"
	permWrite httpapi.Perm = "ops.facts.write"
)

// Routes lets operations see what is behind or stuck, and decide about it.
func (b *Bus) Routes() []httpapi.Route {
	return []httpapi.Route{
		{Pattern: "GET /v1/ops/consumers", Perm: permRead, Audit: httpapi.AuditNone, Summary: "How far each consumer of facts is behind", Do: httpapi.Do(b.listLags)},
		{Pattern: "DELETE /v1/ops/consumers/{consumer}", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Forget a consumer that no longer exists", Do: httpapi.Do(b.Retire)},
		{Pattern: "GET /v1/ops/consumers/{consumer}/failures", Perm: permRead, Audit: httpapi.AuditRead, Summary: "Facts that a consumer could not take", Do: httpapi.Do(b.listFailures)},
		{Pattern: "POST /v1/ops/consumers/{consumer}/failures/{pos}/resend", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Try a parked or dead fact again", Do: httpapi.Do(b.Resend)},
		{Pattern: "POST /v1/ops/consumers/{consumer}/failures/{pos}/discard", Perm: permWrite, Audit: httpapi.AuditAdmin, Summary: "Give a parked or dead fact up, with a reason", Do: httpapi.Do(b.Discard)},
	}
}

func (b *Bus) listLags(ctx context.Context, _ httpapi.Nothing) (page httpapi.List[Lag], err error) {
	page.Items, err = b.Lags(ctx)
	return page, err
}

// FailureQuery asks for a page of a consumer's failures.
type FailureQuery struct {
	Consumer string `path:"consumer" required:"true" max:"64"`
	State    string `query:"state" enum:"parked,dead,discarded"`
	After    string `query:"after" max:"20"`
	Limit    int    `query:"limit" min:"1" max:"500"`
}

// Stuck is a failure as operations see it: what and why, not the content.
type Stuck struct {
	Pos       int64     `json:"pos"`
	At        time.Time `json:"at"`
	Fact      string    `json:"fact"`
	Key       string    `json:"key"`
	State     string    `json:"state"`
	Attempts  int       `json:"attempts"`
	Error     string    `json:"error,omitempty"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	DecidedBy string    `json:"decided_by,omitempty"`
	Reason    string    `json:"reason,omitempty"`
}

const pageSize = 100

func (b *Bus) listFailures(ctx context.Context, q FailureQuery) (httpapi.List[Stuck], error) {
	if q.Limit == 0 {
		q.Limit = pageSize
	}
	page := httpapi.List[Stuck]{Items: []Stuck{}}
	after, err := cursorOf(q.After)
	if err != nil {
		return page, err
	}
	list, err := b.Failures(ctx, q.Consumer, q.State, after, q.Limit)
	for _, f := range list {
		page.Items = append(page.Items, Stuck{f.Pos, f.At.UTC(), f.Name, f.Key, f.State, f.Attempts, f.Error, f.DecidedAt, f.DecidedBy, f.Reason})
	}
	if len(list) == q.Limit {
		page.Next = strconv.FormatInt(list[q.Limit-1].Pos, 10)
	}
	return page, err
}

func cursorOf(after string) (int64, error) {
	if after == "" {
		return 0, nil
	}
	pos, err := strconv.ParseInt(after, 10, 64)
	if err != nil {
		return 0, fault.At("after", "request.bad_cursor")
	}
	return pos, nil
}
