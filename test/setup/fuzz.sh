#!/usr/bin/env bash
# Fuzzes each decoder for a while: fuzz.sh 30s
set -euo pipefail
grep -rlE '^func Fuzz' --include='*_test.go' . | sort | while read -r file; do
  for name in $(sed -nE 's/^func (Fuzz[A-Za-z0-9_]+).*/\1/p' "$file"); do
    go test -run '^$' -fuzz "^$name\$" -fuzztime "$1" -fuzzminimizetime 2s "./$(dirname "$file")"
  done
done
