package main

import "runtime/debug"

// version is set by the linker in releases: -ldflags "-X main.version=v1.2.3".
var version string

// versionOf is the version that was stamped, or what the build knows of itself.
func versionOf() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		return describe(info)
	}
	return "unknown"
}

// describe names a build without a stamp: its module version, else its revision.
func describe(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+dirty"
		}
	}
	if revision == "" {
		return "unknown"
	}
	return revision + dirty
}
