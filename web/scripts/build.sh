#!/usr/bin/env bash
# Builds the pages into dist unless they are there and nothing has changed: build.sh VERSION
# Without Node it says so and leaves the placeholder, which says what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1

if ! bash scripts/node.sh; then
  echo "pages: Node 20.19 or newer, with npm, is missing: a page that says so stands in" >&2
  find dist -mindepth 1 ! -name placeholder.html -delete
  exit 0
fi
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  echo "pages: fetching what they are built with, once …" >&2
  npm ci >/dev/null
fi
sources=$(find . -mindepth 1 \( -path ./node_modules -o -path ./dist -o -path ./.gallery -o -path ./src/gallery -o -name api.d.ts \) -prune -o -newer dist/version.json -print -quit 2>/dev/null || echo all)
if [ -n "$sources" ] || ! grep -qF "\"version\":\"$version\"" dist/version.json; then
  ZHIAN_VERSION=$version npm run -s build -- --logLevel warn
fi
