package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// claim makes this the only process that serves from a data folder with an
// embedded database: two would each believe to be alone with it. Others may
// still examine it. Closing what is returned gives the folder free.
func claim(c Config) (*os.File, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(c.Data, "serving.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil || c.Database != "" {
		return f, err
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is served by another process", c.Data), f.Close())
	}
	if err := apart(c); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// demoMark is in a folder whose centre is a demonstration's.
const demoMark = "demonstration"

// ErrLived says that a folder holds a centre already: a city would be put on top
// of it.
var ErrLived = errors.New("the folder holds a centre already")

// apart keeps demonstrations and real centres from each other's folders: in one,
// visitors were let in without a password and the time was made up.
func apart(c Config) error {
	mark := filepath.Join(c.Data, demoMark)
	_, err := os.Stat(mark)
	switch marked := err == nil; {
	case marked && !c.Demo:
		return fmt.Errorf("%s holds a demonstration: nothing in it is real, and it cannot become a real centre", c.Data)
	case !c.Demo:
		return nil
	case marked || HoldsCentre(c) == nil:
		return ErrLived
	}
	return os.WriteFile(mark, nil, 0o600)
}

// HoldsCentre says whether there is a centre to examine: a command that only
// looks must not make one where a folder's name was mistyped.
func HoldsCentre(c Config) error {
	if c.Database != "" {
		return nil
	}
	_, err := os.Stat(filepath.Join(c.Data, databaseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds no centre", c.Data)
	}
	return err
}
