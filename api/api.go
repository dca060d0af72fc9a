// Package api is what others build on, generated from the code, committed and
// reviewed: openapi.json describes the web API, facts.json the facts that are
// published. After a change that was meant: make golden
package api

import _ "embed"

// OpenAPI is the description of the web API (OpenAPI 3.1).
//
//go:embed openapi.json
var OpenAPI []byte
