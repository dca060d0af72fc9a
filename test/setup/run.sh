#!/usr/bin/env bash
# Runs a command with the servers that the tests talk to: a PostgreSQL and a
# Redis of its own, in a temporary folder, on free loopback ports. Installs them
# from Debian when it may; says exactly what to install when it may not.
set -euo pipefail

packages="postgresql redis-server"
missing=""
for p in $packages; do
  dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $p"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "These tests need Debian packages that are not installed. As root:" >&2
    echo "  apt-get update && apt-get install -y$missing" >&2
    exit 1
  fi
  echo "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

dir=$(mktemp -d)
chmod 755 "$dir"
as_postgres=""
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
  as_postgres="runuser -u postgres --"
  mkdir "$dir/pg" && chown postgres "$dir/pg"
else
  mkdir "$dir/pg"
fi
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])' 2>/dev/null || echo $((20000 + RANDOM % 20000)); }
pg_port=$(free_port)
redis_port=$(free_port)

$as_postgres "$bin/initdb" -D "$dir/pg/data" -A trust -U postgres -E UTF8 --locale=C >"$dir/initdb.log"
$as_postgres "$bin/pg_ctl" -D "$dir/pg/data" -w -s -l "$dir/pg/log" \
  -o "-p $pg_port -k $dir/pg -c listen_addresses=127.0.0.1 -c max_connections=300" start
redis-server --port "$redis_port" --bind 127.0.0.1 --save "" --dir "$dir" >"$dir/redis.log" &
redis_pid=$!
stop() {
  $as_postgres "$bin/pg_ctl" -D "$dir/pg/data" -s -m immediate stop || true
  kill "$redis_pid" 2>/dev/null || true
  rm -rf "$dir"
}
trap stop EXIT

export TEST_POSTGRES="postgres://postgres@127.0.0.1:$pg_port/postgres?sslmode=disable"
export TEST_REDIS="127.0.0.1:$redis_port"
"$@"
