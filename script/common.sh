# Shared by the commands in script/: where things are, how they speak, and which Odoo and which PostgreSQL serve.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LOCAL=$ROOT/.local
VENV=$LOCAL/venv
PG_PORT_FILE=$LOCAL/pg/port

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command with its output kept in a log; the log is shown only when the command fails.
quietly() {
    local log=$LOCAL/log/$1.log; shift
    mkdir -p "$LOCAL/log"
    "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "this failed: $* (whole output: $log)"; }
}

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

# Whether somebody's own PostgreSQL is named, by the environment or by odoo.conf.
own_postgres() { [ -n "${PGHOST:-}" ] || grep -qE "^[[:space:]]*db_host[[:space:]]*=[[:space:]]*[^[:space:]]" "$ROOT/odoo.conf"; }

pg_bin() {
    local newest
    newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -n "$newest" ] && [ -x "$newest/initdb" ]; then echo "$newest"
    elif command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then dirname "$(command -v initdb)"
    fi
}

free_port() { # the first free loopback port from $1 on
    local port=$1
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}

start_postgres() {
    own_postgres && return 0
    local bin data=$LOCAL/pg/data
    bin=$(pg_bin)
    if ! as_postgres "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; then
        free_port 5440 >"$PG_PORT_FILE"
        as_postgres "$bin/pg_ctl" -s -w -D "$data" -l "$LOCAL/pg/log" \
            -o "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -p $(cat "$PG_PORT_FILE")" start ||
            die "the local PostgreSQL did not start; its log is $LOCAL/pg/log"
    fi
    export PGHOST=127.0.0.1 PGUSER=odoo
    PGPORT=$(cat "$PG_PORT_FILE"); export PGPORT
}

# Odoo's own command line, in this environment. It reads PGHOST, PGPORT and PGUSER where odoo.conf names no server.
odoo() { "$VENV/bin/python" -m odoo "$@"; }
