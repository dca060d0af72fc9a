// Command bench measures what the house promises, each figure beside the limit
// or the peer that it is to be read against, in one run on one machine.
//
//	go run ./test/bench           all of them
//	go run ./test/bench NAME …    some; each ends within a minute, and the first
//	                              that needs the million needs another to make it
//
// It prints one JSON object per line. What one run says in absolute numbers
// belongs to that machine; the ratios travel.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"time"
)

// Line is one figure. Limit is the promise for four cores, as a floor or, in
// units of time and size, a ceiling; Ratio is Value over what RatioTo names,
// measured in the same run.
type Line struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	Limit   float64 `json:"limit,omitempty"`
	RatioTo string  `json:"ratio_to,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`
}

// bench is one subject of measuring; it hands each figure to say.
type bench struct {
	name string
	run  func(ctx context.Context, say func(Line)) error
}

var benches = []bench{
	{"intake", intake},
	{"intake_whole", intakeWhole},
	{"intake_postgres", intakePostgres},
	{"facts", facts},
	{"broadcast", broadcast},
	{"push", push},
	{"million", million},
	{"start", start},
	{"decide", decide},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	profile := flag.String("cpuprofile", "", "write a processor profile of the run to this file")
	memory := flag.String("memprofile", "", "write a profile of what the run allocated to this file")
	flag.Parse()
	if *memory != "" {
		runtime.MemProfileRate = 16 << 10
	}
	chosen, err := choose(flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := profileTo(*profile); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	defer pprof.StopCPUProfile()
	defer func() {
		if err := allocatedTo(*memory); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	out := json.NewEncoder(os.Stdout)
	for _, b := range chosen {
		begun := time.Now()
		if err := b.run(ctx, func(l Line) { out.Encode(l) }); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", b.name, err)
			os.Exit(1)
		}
		fmt.Fprintf(os.Stderr, "%s took %s\n", b.name, time.Since(begun).Round(time.Second))
	}
}

// profileTo begins a profile; no path, no profile.
func profileTo(path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return pprof.StartCPUProfile(f)
}

// allocatedTo writes what was allocated; no path, no profile.
func allocatedTo(path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(f, 0), f.Close())
}

// choose finds benches by name; none named means all.
func choose(names []string) ([]bench, error) {
	if len(names) == 0 {
		return benches, nil
	}
	var chosen []bench
	for _, name := range names {
		i := slices.IndexFunc(benches, func(b bench) bool { return b.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no bench %q; there are: %s", name, strings.Join(known(), ", "))
		}
		chosen = append(chosen, benches[i])
	}
	return chosen, nil
}

func known() (all []string) {
	for _, b := range benches {
		all = append(all, b.name)
	}
	return all
}
