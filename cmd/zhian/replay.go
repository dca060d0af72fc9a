package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"zhian/app"
	"zhian/platform/apiclient"
	"zhian/replay"
)

type replays struct {
	File    string `arg:"" type:"existingfile" help:"File of calls, .csv or .csv.gz."`
	Format  string `enum:"nypd,lancaster,lfb,csv" required:"" help:"How the file is written: nypd, lancaster, lfb, or csv with --mapping."`
	Mapping string `placeholder:"FILE" type:"existingfile" help:"Which column of a csv file holds what (JSON; docs/real-data.md explains it)."`
	Limits  string `placeholder:"CLOCK=TIME,…" help:"Other limits, like dispatch=90s,arrival=10m."`
	Server  string `placeholder:"URL" help:"Play into this server instead of a new one inside the command."`
	Token   string `placeholder:"TOKEN" env:"ZHIAN_TOKEN" help:"Session at the server, of somebody with the role importer."`
	Data    string `placeholder:"DIR" type:"path" help:"Keep the new server's data here, so that an interrupted replay can go on. Without it they are thrown away."`
	Workers int    `default:"64" help:"Incidents in flight."`
	JSON    bool   `name:"json" help:"End with one JSON object on standard output instead of a table."`
}

// Help is shown by --help.
func (replays) Help() string {
	return `Every row ends as accepted, merged or rejected with a reason, and its clocks are read back from the server's timeline.
Run again on the same data or the same server, it goes on where it stopped, and changes nothing when all is there.`
}

// Validate refuses what does not go together (kong).
func (r replays) Validate() error {
	server, err := url.Parse(r.Server)
	switch {
	case r.Format == "csv" && r.Mapping == "":
		return errors.New("--format csv needs --mapping FILE")
	case r.Format != "csv" && r.Mapping != "":
		return fmt.Errorf("--mapping is for --format csv; %s has its own", r.Format)
	case r.Server != "" && r.Data != "":
		return errors.New("--data is for the server inside the command; --server has its own data")
	case r.Server != "" && (err != nil || server.Host == "" || server.Scheme != "http" && server.Scheme != "https"):
		return fmt.Errorf("--server must be like http://127.0.0.1:8110, not %q", r.Server)
	case r.Workers < 1:
		return errors.New("--workers must be 1 or more")
	}
	return nil
}

// Run plays the file.
func (r replays) Run(ctx context.Context, to terminal) error {
	plan, limits, err := r.read()
	if err != nil {
		return err
	}
	session, leave, err := r.session(ctx, to)
	if err != nil {
		return err
	}
	report, err := play(ctx, session, plan, replay.Options{Workers: r.Workers, Limits: limits, Progress: progress(to.err)})
	if err = errors.Join(err, leave()); err != nil {
		return r.explain(ctx, err)
	}
	if r.JSON {
		return report.WriteJSON(to.out)
	}
	return report.WriteText(to.out)
}

// read makes the plan of a file.
func (r replays) read() (*replay.Plan, map[string]time.Duration, error) {
	limits, err := replay.ParseLimits(r.Limits)
	if err != nil {
		return nil, nil, err
	}
	format, err := r.format()
	if err != nil {
		return nil, nil, err
	}
	plan, err := replay.Load(r.File, format)
	return plan, limits, err
}

func (r replays) format() (replay.Format, error) {
	if r.Format != "csv" {
		format, _ := replay.ByName(r.Format)
		return format, nil
	}
	text, err := os.Open(r.Mapping)
	if err != nil {
		return replay.Format{}, err
	}
	defer text.Close()
	mapping, err := replay.ReadMapping(text)
	if err != nil {
		return replay.Format{}, err
	}
	return mapping.Format()
}

func play(ctx context.Context, session *apiclient.Client, plan *replay.Plan, o replay.Options) (replay.Report, error) {
	client, err := replay.Connect(ctx, session)
	if err != nil {
		return replay.Report{}, err
	}
	return replay.Play(ctx, client, plan, o)
}

// session is an importer's at the server that was named, or at a new one.
func (r replays) session(ctx context.Context, to terminal) (s *apiclient.Client, leave func() error, err error) {
	if r.Server != "" {
		return apiclient.New(r.Server, r.Token), func() error { return nil }, answers(ctx, r.Server)
	}
	where, err := folderOr(r.Data, "zhian-replay-")
	if err != nil {
		return nil, nil, err
	}
	e := embedded{folder: where}
	if s, err = e.open(ctx, to); err != nil {
		return nil, nil, errors.Join(err, e.close())
	}
	return s, e.close, nil
}

// reachable is how long a server may take to answer at all. Later on it is waited
// for: it may be starting anew.
const reachable = 5 * time.Second

// answers tells at once of an address at which nobody is.
func answers(ctx context.Context, server string) error {
	ctx, cancel := context.WithTimeout(ctx, reachable)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(server, "/")+"/healthz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("no server answers: %w", err)
	}
	return answer.Body.Close()
}

// explain says what can be done about a replay that was broken off.
func (r replays) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() == nil:
		return err
	case r.Server == "" && r.Data == "":
		return errors.New("stopped; what was played is thrown away (with --data DIR it could go on)")
	}
	return errors.New("stopped; the same command goes on from here")
}

// embedded is a server inside this command.
type embedded struct {
	folder
	centre *app.Launched
}

func (e *embedded) open(ctx context.Context, to terminal) (*apiclient.Client, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := app.Config{Data: e.path, Version: versionOf(), Log: journal{LogLevel: "warn"}.logger(to.err)}
	if e.centre, err = app.Launch(ctx, c, "330784", listener); err != nil {
		return nil, err
	}
	if !e.scratch {
		invite(to.err, e.centre)
	}
	in, err := e.centre.Enlist(ctx, "replay-"+time.Now().UTC().Format("20060102-150405.000"), "importer")
	if err != nil {
		return nil, err
	}
	return e.centre.Enter(ctx, in, app.NewPassword())
}

func (e *embedded) close() (err error) {
	if e.centre != nil {
		err = e.centre.Close()
	}
	return errors.Join(err, e.folder.close())
}

// progress is a bar on a terminal, and a line now and then elsewhere.
func progress(w io.Writer) func(done, total int) {
	if f, isFile := w.(*os.File); isFile {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return replay.Bar(w)
		}
	}
	return replay.Lines(w)
}
