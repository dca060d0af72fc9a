//go:build unix

package app

import (
	"os"
	"syscall"
)

// lockFile keeps other processes out until this one ends, however it ends.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
