package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"zhian/app"
	"zhian/app/apptest"
)

// With brokers configured, what happens in the house is in Kafka, in the topic of
// its module, under the key of its incident.
func TestFactsReachTheBrokers(t *testing.T) {
	brokers, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.AllowAutoTopicCreation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(brokers.Close)
	l := launch(t, app.Config{Data: t.TempDir(), Kafka: strings.Join(brokers.ListenAddrs(), ",")})
	for _, in := range l.Invitations {
		if _, err := l.Enter(t.Context(), in, apptest.Password); err != nil {
			t.Fatal(err)
		}
	}
	in, err := l.Enlist(t.Context(), "replay-1", "importer")
	if err != nil {
		t.Fatal(err)
	}
	importer, err := l.Enter(t.Context(), in, apptest.Password)
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ ID string }
	if _, err := importer.Post(t.Context(), "/v1/incidents", "", map[string]string{"kind_code": "4", "address": "somewhere"}, &made); err != nil {
		t.Fatal(err)
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(brokers.ListenAddrs()...), kgo.ConsumeTopics("zhian.incident"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		for _, r := range reader.PollFetches(ctx).Records() {
			headers := fmt.Sprintf("%s", r.Headers)
			if string(r.Key) == made.ID && strings.Contains(headers, "incident.received") && strings.Contains(headers, "zhian.local") {
				return
			}
		}
		if ctx.Err() != nil {
			t.Fatal("the incident did not reach the brokers")
		}
	}
}
