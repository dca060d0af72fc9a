#!/usr/bin/env bash
# Every ring of tests, in the order in which a fault is cheapest to find.
set -euo pipefail
fuzztime=${1:-30s}

echo "== form"
unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { echo "gofmt would change: $unformatted" >&2; exit 1; }
go vet ./...

echo "== tests"
go test -timeout 20m ./...

echo "== tests on the second SQLite driver"
go test -timeout 10m -tags modernc ./platform/... ./module/...

echo "== fuzzing, $fuzztime each"
grep -rlE '^func Fuzz' --include='*_test.go' . | sort | while read -r file; do
  for name in $(sed -nE 's/^func (Fuzz[A-Za-z0-9_]+).*/\1/p' "$file"); do
    go test -run '^$' -fuzz "^$name\$" -fuzztime "$fuzztime" -fuzzminimizetime 2s "./$(dirname "$file")"
  done
done
