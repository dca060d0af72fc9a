package main

import (
	"runtime/debug"
	"testing"
)

func TestBuildsNameThemselves(t *testing.T) {
	setting := func(k, v string) debug.BuildSetting { return debug.BuildSetting{Key: k, Value: v} }
	revision := setting("vcs.revision", "0123456789abcdef0123")
	for want, info := range map[string]debug.BuildInfo{
		"v1.4.0":             {Main: debug.Module{Version: "v1.4.0"}, Settings: []debug.BuildSetting{revision}},
		"0123456789ab":       {Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{revision, setting("vcs.modified", "false")}},
		"0123456789ab+dirty": {Settings: []debug.BuildSetting{revision, setting("vcs.modified", "true")}},
		"unknown":            {Main: debug.Module{Version: "(devel)"}},
	} {
		if got := describe(&info); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
