package crash

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"zhian/platform/sqldb"
)

// holder takes the database for itself until its input ends: a backup tool or a
// person with a shell, who keeps a transaction open.
func holder(path string) int {
	ctx := context.Background()
	db, err := sqldb.Open(ctx, path, sqldb.Options{})
	if err == nil {
		err = db.Do(ctx, func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(sqldb.Statement("crash", "Hold", "DELETE FROM crash_effect WHERE pos < 0")); err != nil {
				return err
			}
			fmt.Println("held")
			_, err := io.Copy(io.Discard, os.Stdin)
			return err
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// While another process has the database, callers are refused clearly and soon;
// when it lets go, or is killed, intake goes on by itself.
func TestDatabaseHeldByAnotherProcess(t *testing.T) {
	path := sqliteCentres(t)(t)
	c, err := open(t.Context(), path, sqldb.Options{BusyWait: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.db.Close()
	var acknowledged record
	c.takeCalls(t.Context(), callers, 2, acknowledged.add)
	for _, end := range []func(cmd *exec.Cmd, in io.Closer){
		func(_ *exec.Cmd, in io.Closer) { in.Close() },
		func(cmd *exec.Cmd, _ io.Closer) { cmd.Process.Kill() },
	} {
		cmd, in := hold(t, path)
		before := len(acknowledged.of)
		c.refused = nil
		c.takeCalls(t.Context(), callers, 1, acknowledged.add)
		if len(acknowledged.of) > before || len(c.refused) != callers {
			t.Errorf("%d were acknowledged and %d refused while another process had the database", len(acknowledged.of)-before, len(c.refused))
		}
		for _, fault := range c.mishaps() {
			t.Error(fault)
		}
		end(cmd, in)
		cmd.Wait()
		c.takeCalls(t.Context(), callers, 1, acknowledged.add)
		if len(acknowledged.of) != before+callers {
			t.Errorf("after it had let go %d of %d were acknowledged", len(acknowledged.of)-before, callers)
		}
	}
	for _, fault := range c.check(t.Context(), acknowledged.of) {
		t.Error(fault)
	}
}

func hold(t *testing.T, path string) (*exec.Cmd, io.Closer) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holderFile+"="+path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "held" {
		t.Fatalf("the other process does not hold the database: %q", lines.Text())
	}
	return cmd, in
}
