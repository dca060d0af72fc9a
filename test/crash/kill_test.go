package crash

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"zhian/platform/sqldb"
)

// Names of the settings between the test and the process that it kills.
const (
	victimFile = "CRASH_VICTIM_FILE"
	killCount  = "CRASH_KILLS"
)

const callers = 64

func TestMain(m *testing.M) {
	if path := os.Getenv(victimFile); path != "" {
		os.Exit(victim(path))
	}
	os.Exit(m.Run())
}

// victim takes calls until it is killed, and names each incident only after it
// was acknowledged.
func victim(path string) int {
	ctx := context.Background()
	c, err := open(ctx, path, sqldb.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go c.bus.Run(ctx)
	var out sync.Mutex
	fmt.Println("ready")
	c.takeCalls(ctx, callers, 1<<30, func(id string) {
		out.Lock()
		defer out.Unlock()
		fmt.Println(id)
	})
	return 1
}

// setting is a number from the environment: soak runs ask for more.
func setting(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return usual
}

func TestKilledProcessLosesNothingAcknowledged(t *testing.T) {
	base := filepath.Join(t.TempDir(), "base.db")
	if err := migrate(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	total := 0
	for round := range setting(killCount, 200) {
		path := filepath.Join(t.TempDir(), "zhian.db")
		copyFile(t, base, path)
		acknowledged := killOne(t, path, rand.N(60*time.Millisecond)+5*time.Millisecond)
		total += len(acknowledged)
		checkAfter(t, fmt.Sprintf("kill %d", round), path, acknowledged)
	}
	t.Logf("%d incidents acknowledged before the kills", total)
	if total == 0 {
		t.Error("nothing was acknowledged: the test has shown nothing")
	}
}

// killOne starts a victim, kills it some time after it is ready and returns
// what it had acknowledged.
func killOne(t *testing.T, path string, after time.Duration) (acknowledged []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimFile+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the victim did not start: %q", lines.Text())
	}
	kill := time.AfterFunc(after, func() { cmd.Process.Kill() })
	defer kill.Stop()
	for lines.Scan() {
		if len(lines.Text()) == 36 { // the last line may be torn by the kill
			acknowledged = append(acknowledged, lines.Text())
		}
	}
	cmd.Wait()
	return acknowledged
}

func checkAfter(t *testing.T, what, path string, acknowledged []string) {
	t.Helper()
	c, err := open(t.Context(), path, sqldb.Options{})
	if err != nil {
		t.Fatalf("%s: does not open again: %v", what, err)
	}
	defer c.db.Close()
	for _, fault := range c.check(t.Context(), acknowledged) {
		t.Errorf("%s: %s", what, fault)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestCheckSeesWhatIsMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zhian.db")
	if err := migrate(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	c, err := open(t.Context(), path, sqldb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.db.Close()
	var ids []string
	c.takeCalls(t.Context(), 1, 3, func(id string) { ids = append(ids, id) })
	if faults := c.check(t.Context(), ids); len(ids) != 3 || len(faults) > 0 {
		t.Fatalf("a whole centre has faults: %v", faults)
	}
	if faults := c.check(t.Context(), []string{"never-received"}); len(faults) != 1 {
		t.Errorf("a lost incident is not seen: %v", faults)
	}
	forget := sqldb.Statement("crash", "Forget", "DELETE FROM incident_entry WHERE incident_id = $1")
	if err := c.db.Do(t.Context(), func(tx *sqldb.Tx) error { _, err := tx.Exec(forget, ids[1]); return err }); err != nil {
		t.Fatal(err)
	}
	if faults := c.check(t.Context(), ids); len(faults) != 2 { // the count of entries, and the ledger
		t.Errorf("a half incident is not seen: %v", faults)
	}
}
