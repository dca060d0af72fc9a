package place

import "zhian/platform/sqldb"

// Stations tells which organisations answer calls: an area belongs to one.
type Stations interface {
	IsStation(tx *sqldb.Tx, id string) (bool, error)
}
