// Package guard holds no production code: its tests keep the rules of the house.
// Every rule is a function from a source tree to the faults it found, so that
// each is also run on a small planted tree that breaks it: a guard that cannot
// fail guards nothing.
package guard
