// Package crash takes the power, the process or the disk away from the real
// store while it takes incidents in, and counts afterwards: nothing that was
// acknowledged is lost, nothing is half there, no fact has two effects and the
// ledger still says what it said.
package crash
