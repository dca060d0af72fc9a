#!/usr/bin/env bash
# Every ring of tests, in the order in which a fault is cheapest to find.
set -euo pipefail
fuzztime=${1:-30s}

echo "== form"
unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { echo "gofmt would change: $unformatted" >&2; exit 1; }
go vet ./...

pages=no
if bash web/scripts/node.sh; then
  pages=yes
  echo "== pages"
  make -s build
  (cd web && npm run -s check && npm run -s lint && npm run -s unit)
fi

echo "== tests"
go test -timeout 20m ./...

echo "== tests on the second SQLite driver"
go test -timeout 10m -tags modernc ./platform/... ./module/...
TEST_POSTGRES='' go test -timeout 10m -tags modernc -run 'Killed|Held|Harm' ./test/crash

if [ $pages = yes ]; then
  echo "== browser"
  node test/browser/run.mjs
fi

echo "== fuzzing, $fuzztime each"
bash test/setup/fuzz.sh "$fuzztime"
