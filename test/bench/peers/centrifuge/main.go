// Command centrifuge is the peer of the hub in a bench: the server library of
// that name with one channel that every client is subscribed to. It stands in a
// module of its own, so that the product never links it.
//
// It prints its address, then obeys lines of its standard input, "N EVERY": send
// N messages to everybody, one each EVERY (a Go duration; 0s is a burst). It
// answers each line with "sent".
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/centrifugal/centrifuge"
)

const channel = "all"

// body is one message of 200 bytes; '"^' marks it for those who count.
func body(at time.Time) []byte {
	head := fmt.Sprintf(`{"mark":"^%019d","text":"`, at.UnixNano())
	return []byte(head + strings.Repeat("x", 200-len(head)-2) + `"}`)
}

func main() {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{UserID: "u"},
			Subscriptions:  map[string]centrifuge.SubscribeOptions{channel: {}},
			PingPongConfig: &centrifuge.PingPongConfig{PingInterval: -1, PongTimeout: -1}}, nil // these clients only listen
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	go http.Serve(listener, centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{WriteTimeout: 5 * time.Second}))
	fmt.Println(listener.Addr())
	obey(func(at time.Time) error { _, err := node.Publish(channel, body(at)); return err })
}

// obey sends as it is told until its input ends.
func obey(send func(at time.Time) error) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var count int
		var pause string
		if _, err := fmt.Sscan(lines.Text(), &count, &pause); err != nil {
			log.Fatal(err)
		}
		every, err := time.ParseDuration(pause)
		if err != nil {
			log.Fatal(err)
		}
		next := time.Now()
		for range count {
			if err := send(time.Now()); err != nil {
				log.Fatal(err)
			}
			next = next.Add(every)
			time.Sleep(time.Until(next))
		}
		fmt.Println("sent")
	}
}
