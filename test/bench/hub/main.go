// Command hub is our side of the broadcast bench: the hub of platform/live alone,
// with clients that may all see one topic. It prints its address, then obeys
// lines of its standard input: "N EVERY" sends N messages to everybody, one each
// EVERY (a Go duration; 0s is a burst), and answers "sent"; "count" answers how
// many clients there are.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"zhian/platform/bus"
	"zhian/platform/httpapi"
	"zhian/platform/live"
	"zhian/platform/sqldb"
)

const topic, org, perm = "bench", "0190-somewhere", httpapi.Perm("bench.read")

// rights answers as costly as a compiled snapshot does: by user, permission and
// organisation.
type rights map[string]map[httpapi.Perm]map[string]bool

func (r rights) Can(p httpapi.Principal, perm httpapi.Perm, org string) bool {
	return r[p.UserID][perm][org]
}

func (rights) Epoch() uint64 { return 1 }

// text is a message of about 200 bytes; '"^' marks it for those who count.
type text struct {
	Mark string `json:"mark"`
	Text string `json:"text"`
}

func main() {
	if err := serve(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "zhian-hub")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := sqldb.Open(ctx, filepath.Join(dir, "zhian.db"), sqldb.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx, bus.Schema); err != nil {
		return err
	}
	may := rights{}
	for n := range 5000 {
		may[fmt.Sprint("user-", n)] = map[httpapi.Perm]map[string]bool{perm: {org: true}}
	}
	hub := live.New(live.Deps{DB: db, Bus: bus.New(db, time.Now), Gate: may, Now: time.Now})
	hub.Open(topic, perm)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hub.Serve(w, r.WithContext(httpapi.As(r.Context(), httpapi.Principal{UserID: r.FormValue("user")})))
	}))
	fmt.Println(listener.Addr())
	return obey(hub)
}

// obey does as it is told until its input ends.
func obey(hub *live.Hub) error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "count" {
			fmt.Println(hub.Count())
			continue
		}
		var count int
		var pause string
		_, err := fmt.Sscan(lines.Text(), &count, &pause)
		every, wrong := time.ParseDuration(pause)
		if err := errors.Join(err, wrong); err != nil {
			return err
		}
		next := time.Now()
		for range count {
			mark := fmt.Sprintf("^%019d", time.Now().UnixNano())
			hub.ToTopic(topic, org, live.Frame{Type: "text", Data: text{mark, strings.Repeat("x", 130)}})
			next = next.Add(every)
			time.Sleep(time.Until(next))
		}
		fmt.Println("sent")
	}
	return lines.Err()
}
