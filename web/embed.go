// Package web holds the pages and serves them: one HTML file for each entry
// (the console, the screens, the handset, the citizens), and what they load.
//
//	dist/index.html      answers every address that belongs to no other entry
//	dist/m/index.html    answers what is below /m/, and so on for each folder that has one
//	dist/assets/…        named by their content: kept by browsers for ever
//	dist/version.json    which version the pages are of; not served
//
// What can be compressed lies there compressed only, as .br and .gz. Until the
// pages are built (make web), a placeholder stands in, so that the server
// compiles without Node.
package web

import "embed"

// dist is the folder of built pages.
//
//go:embed all:dist
var dist embed.FS
