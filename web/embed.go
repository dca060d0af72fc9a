// Package web holds the built pages. A placeholder stands in until they are
// built, so that the server compiles without Node.
package web

import "embed"

// Dist is the folder of built pages, under "dist".
//
//go:embed all:dist
var Dist embed.FS
