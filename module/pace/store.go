package pace

import (
	"embed"
	"time"

	"zhian/platform/sqldb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema holds the stamps that clocks read.
var Schema = sqldb.Schema{Room: "pace", Files: files}

//go:embed queries.sql
var queriesText string

// Queries of this module, for the guard that prepares them on both engines.
var Queries = sqldb.Load("pace", queriesText)

// timed is an incident as clocks and reports see it.
type timed struct {
	id, station, area, kind, taker string
	stamps                         Stamps
}

func scanTimed(r sqldb.Scanner) (in timed, err error) {
	var called, ended, dispatched, acknowledged, contacted, arrived int64
	err = r.Scan(&in.id, &in.station, &in.area, &in.kind, &in.taker, &called, &ended, &in.stamps.Completed,
		&dispatched, &acknowledged, &contacted, &arrived)
	in.stamps.Called, in.stamps.Ended, in.stamps.Dispatched = moment(called), moment(ended), moment(dispatched)
	in.stamps.Acknowledged, in.stamps.Contacted, in.stamps.Arrived = moment(acknowledged), moment(contacted), moment(arrived)
	return in, err
}

func moment(milli int64) time.Time {
	if milli == 0 {
		return time.Time{}
	}
	return time.UnixMilli(milli).UTC()
}
