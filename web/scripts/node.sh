#!/usr/bin/env bash
# Whether there are an npm and a Node that the pages can be built with.
command -v npm >/dev/null &&
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || a == 20 && b >= 19 ? 0 : 1)' 2>/dev/null
