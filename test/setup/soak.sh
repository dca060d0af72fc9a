#!/usr/bin/env bash
# The long versions of the tests that try to lose something. Every step tells how
# far it is; the summary comes last, and says which steps failed. These variables
# scale it; SOAK_SEED repeats a run.
set -uo pipefail
kills=${SOAK_KILLS:-1000}       # processes killed, on each of three engines
cuts=${SOAK_CUTS:-1000000}      # power cuts
sweep=${SOAK_SWEEP:-2000}       # operations of the disk that fail, in each of four ways
outages=${SOAK_OUTAGES:-60}     # times that PostgreSQL is stopped or paused
hours=${SOAK_HOURS:-336}        # simulated hours of the city whose house is killed
questions=${SOAK_QUESTIONS:-10000000} # that decisions and Cedar must answer alike
traces=${SOAK_TRACES:-1000000} # stories of handsets without network, told in two orders
fuzztime=${SOAK_FUZZ:-10m}      # for each decoder
seed=${SOAK_SEED:-$RANDOM$RANDOM}

export CRASH_KILLS=$kills CRASH_CUTS=$cuts CRASH_SWEEP=$sweep CRASH_OUTAGES=$outages CRASH_SEED=$seed
export TWIN_HOURS=$hours TWIN_SEED=$seed
echo "soak: seed $seed, commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"

summary=()
failed=0
step() { # name, command …
  local name=$1 began=$SECONDS outcome=ok
  shift
  echo "== $name"
  "$@" || { outcome=FAILED; failed=1; }
  summary+=("$(printf '%-7s %6d s  %s' "$outcome" $((SECONDS - began)) "$name")")
}

crash() { go test -timeout 0 -count 1 -v -run "$1" "${@:2}" ./test/crash; }

step "$kills kills on SQLite and PostgreSQL" crash 'Killed'
step "$kills kills on the second SQLite driver" env TEST_POSTGRES= go test -timeout 0 -count 1 -v -tags modernc -run Killed ./test/crash
step "$cuts power cuts" crash 'PowerCut'
step "$sweep operations of the disk fail" crash 'EveryOperation|FullDisk'
step "$outages outages of PostgreSQL" crash 'Postgres'
step "$hours hours of a city whose house is killed" go test -timeout 0 -count 1 -v -run Kills ./twin
step "$questions questions answered as Cedar does" env ACCESS_QUESTIONS="$questions" go test -timeout 0 -count 1 -v -run AgreesWithCedar ./module/access
step "$traces stories of handsets without network" env MERGE_TRACES="$traces" MERGE_SEED="$seed" go test -timeout 0 -count 1 -v -run Offline ./module/incident
step "fuzzing, $fuzztime for each decoder" bash test/setup/fuzz.sh "$fuzztime"

echo "== summary (seed $seed)"
printf '%s\n' "${summary[@]}"
exit $failed
