#!/usr/bin/env bash
# Runs a command with the servers that the tests talk to: a PostgreSQL and a
# Redis of its own, in a temporary folder, on free loopback ports. Installs what
# is missing from Debian when it may; says exactly what to install when it may
# not. On a machine that has everything it takes a few seconds.
set -euo pipefail
began=$SECONDS

needed="postgresql redis-server"
# Without these some tests are skipped, each with a message.
wanted="kcat chromium fonts-noto-cjk"

missing_of() {
  for p in "$@"; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || printf ' %s' "$p"
  done
}

# install brings packages in, without a server that starts by itself.
install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  if [[ " $* " == *" postgresql "* ]]; then
    apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
    echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf
  fi
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# shellcheck disable=SC2046,SC2086  # lists of packages are meant to be split
missing=$(missing_of $needed $wanted)
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing$missing" >&2
    install $missing
  else
    echo "setup: these Debian packages are missing. As root:" >&2
    echo "  apt-get update && apt-get install -y --no-install-recommends$missing" >&2
    [ -z "$(missing_of $needed)" ] || exit 1
    echo "setup: the tests that need them are skipped" >&2
  fi
fi

# The pages need a Node that is newer than Debian 12 has; npm brings one, once.
new_enough() { bash web/scripts/node.sh; }
if ! new_enough; then
  if ! command -v npm >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing npm" >&2
    install npm
  fi
  if command -v npm >/dev/null; then
    echo "setup: fetching a Node that is new enough" >&2
    (cd test/setup/node && npm ci >/dev/null 2>&1) || true
    PATH=$PWD/test/setup/node/node_modules/.bin:$PATH
  fi
  if ! new_enough; then
    echo "setup: Node 20.19 or newer, with npm, is missing (Debian package npm, or from its makers): the pages are not tested" >&2
  fi
fi

dir=$(mktemp -d)
chmod 755 "$dir"
mkdir "$dir/pg"
as_postgres=""
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
  as_postgres="runuser -u postgres --"
  chown postgres "$dir/pg"
fi
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
redis_pid=""
stop() {
  $as_postgres "$bin/pg_ctl" -D "$dir/pg/data" -s -m immediate stop 2>/dev/null || true
  [ -z "$redis_pid" ] || kill "$redis_pid" 2>/dev/null || true
  rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# on_free_port runs a starter with ports until it takes one: a port that was free
# a moment ago may be somebody's by now.
on_free_port() {
  local try
  for try in 1 2 3 4 5 6 7 8 9 10; do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue # somebody answers there
    "$@" "$port" && return
  done
  echo "setup: $1 does not start; its log:" >&2
  cat "$dir/$1.log" >&2
  exit 1
}

start_postgres() {
  $as_postgres "$bin/pg_ctl" -D "$dir/pg/data" -w -s -l "$dir/pg/log" \
    -o "-p $1 -k $dir/pg -c listen_addresses=127.0.0.1 -c max_connections=300" start >>"$dir/start_postgres.log" 2>&1
}

start_redis() {
  redis-server --port "$1" --bind 127.0.0.1 --save "" --dir "$dir" >"$dir/start_redis.log" 2>&1 &
  redis_pid=$!
  local wait
  for wait in $(seq 100); do
    redis-cli -p "$1" ping >/dev/null 2>&1 && return
    kill -0 "$redis_pid" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}

$as_postgres "$bin/initdb" -D "$dir/pg/data" -A trust -U postgres -E UTF8 --locale=C --no-sync >"$dir/initdb.log"
on_free_port start_postgres
export TEST_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
on_free_port start_redis
export TEST_REDIS="127.0.0.1:$port"
echo "setup: ready after $((SECONDS - began)) s" >&2
"$@"
