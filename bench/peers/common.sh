# Sourced by the scripts of the peers. A peer runs on loopback in a temporary folder. It runs an uncounted round of N
# jobs, a measured one, and then TRIPS jobs one at a time, and prints:  NAME JOBS_PER_SECOND P50_MS P99_MS
# N: jobs per round; WORKERS: worker processes; PERSIST: off (the fastest mode of the peer) or on (each change synced
# to disk). If a part is not installed, the script exits with code 3 and says how to install it.
set -euo pipefail
export N="${N:-5000}" TRIPS="${TRIPS:-300}" WORKERS="${WORKERS:-2}" BODY="${BODY:-64}" PERSIST="${PERSIST:-off}"
python="${PYTHON:-/usr/bin/python3}"
work="$(mktemp -d)"
children=()

finish() {
  local child
  for child in "${children[@]:-}"; do [ -z "$child" ] || kill "$child" 2>/dev/null || true; done
  for child in "${children[@]:-}"; do [ -z "$child" ] || wait "$child" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

absent() { echo "absent: $1. Install it with: $2" >&2; exit 3; }

program() { command -v "$1" >/dev/null || absent "$1" "$2"; }

module() { "$python" -c "import $1" 2>/dev/null || absent "the Python module $1" "$2"; }

free_port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Installs npm packages and keeps them for later runs: packages FOLDER NAME@VERSION...
packages() {
  program node "apt-get install nodejs npm"
  program npm "apt-get install npm"
  local folder="${XDG_CACHE_HOME:-$HOME/.cache}/headrace-bench/$1"
  shift
  mkdir -p "$folder"
  [ -d "$folder/node_modules" ] || (
    cd "$folder" && npm init -y && npm install "$@" --no-audit --no-fund --ignore-scripts
  ) >/dev/null 2>&1 || { rm -rf "$folder"; absent "$*" "npm install $*"; }
  ln -s "$folder/node_modules" "$work/node_modules"
}

start_redis() {
  program redis-server "apt-get install redis-server"
  REDIS_PORT="$(free_port)"
  export REDIS_PORT
  local durable=()
  [ "$PERSIST" = off ] || durable=(--appendonly yes --appendfsync always)
  redis-server --bind 127.0.0.1 --port "$REDIS_PORT" --dir "$work" --save "" "${durable[@]}" >"$work/redis.log" 2>&1 &
  children+=($!)
  for _ in $(seq 200); do redis-cli -p "$REDIS_PORT" ping >/dev/null 2>&1 && return; sleep 0.05; done
  echo "redis-server did not start" >&2
  exit 1
}

start_postgres() {
  local bin owner=()
  bin="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)"
  [ -n "$bin" ] || absent "PostgreSQL" "apt-get install postgresql"
  PGPORT="$(free_port)"
  export PGPORT PGURL="postgres://postgres@127.0.0.1:$PGPORT/postgres"
  mkdir "$work/pg"
  # PostgreSQL refuses to run as root.
  if [ "$(id -u)" = 0 ]; then
    chmod 755 "$work"
    chown postgres "$work/pg"
    owner=(setpriv --reuid postgres --regid postgres --clear-groups)
  fi
  local commit=on
  [ "$PERSIST" = on ] || commit=off
  (cd "$work/pg" && "${owner[@]}" "$bin/initdb" -D "$work/pg/data" -U postgres -A trust --no-sync >/dev/null)
  (
    cd "$work/pg" && exec "${owner[@]}" "$bin/postgres" -D "$work/pg/data" -c listen_addresses=127.0.0.1 -p "$PGPORT" \
      -k "$work/pg" -c shared_buffers=256MB -c synchronous_commit=$commit >"$work/pg.log" 2>&1
  ) &
  children+=($!)
  for _ in $(seq 200); do
    "$bin/psql" -h 127.0.0.1 -p "$PGPORT" -U postgres -c 'select 1' >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "postgres did not start" >&2
  exit 1
}
