// Package web holds the pages and serves them. A placeholder stands in until
// they are built, so that the server compiles without Node.
package web

import "embed"

// dist is the folder of built pages.
//
//go:embed all:dist
var dist embed.FS
