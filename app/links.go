package app

import (
	"context"
	"fmt"

	"zhian/gateway/kafka"
	"zhian/gateway/redis"
	"zhian/platform/httpapi"
)

// links are what a node speaks to beside its database: brokers for systems
// outside, and the other nodes. Either may be absent or out; the house goes on.
type links struct {
	brokers *kafka.Relay
	nodes   *redis.Link
}

// Channels between nodes.
const (
	channelFacts = "facts" // look at the facts
	channelRates = "rates" // what callers have spent
	channelLive  = "live"  // what screens are told beside facts
)

// link reads the addresses and ties the ends; nothing is connected yet.
func (a *App) link() error {
	if a.Config.Kafka != "" {
		address, err := kafka.Parse(a.Config.Kafka)
		if err != nil {
			return err
		}
		a.Bus.Outward(kafka.Reader)
		a.links.brokers = &kafka.Relay{DB: a.DB, Dial: address.Producer, Origin: a.Config.Origin, Prefix: address.Prefix, Log: a.Config.Log}
	}
	if a.Config.Redis == "" {
		return nil
	}
	nodes, err := redis.Open(a.Config.Redis, a.Config.Origin, a.Config.Log)
	if err != nil {
		return fmt.Errorf("link between nodes: %w", err)
	}
	a.links.nodes = nodes
	a.API.Registry().MustRegister(nodes.Metrics()...)
	a.Bus.Tell = nodes.Bell(channelFacts)
	nodes.Take(channelFacts, func([]byte) { a.Bus.Wake() })
	nodes.Take(channelRates, a.API.TakeRates)
	nodes.Take(channelLive, a.Live.Receive)
	a.Live.Relay(nodes.Send(channelLive))
	nodes.Back(a.Bus.Wake)
	return nil
}

// runners are the links' loops.
func (l links) runners() (all []func(context.Context) error) {
	if l.brokers != nil {
		all = append(all, l.brokers.Run)
	}
	if l.nodes != nil {
		all = append(all, l.nodes.Run)
	}
	return all
}

// jobs are what the links have the house do again and again.
func (a *App) linkJobs() []Job {
	if a.links.nodes == nil {
		return nil
	}
	send := a.links.nodes.Send(channelRates)
	return []Job{{"rates", httpapi.RatesEvery, false, func(context.Context) error {
		if spent := a.API.Rates(); spent != nil {
			send(spent)
		}
		return nil
	}}}
}
