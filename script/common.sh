# Shared by the commands in script/: where things are, how they speak, and which Odoo and which PostgreSQL serve.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LOCAL=$ROOT/.local
VENV=$LOCAL/venv
# TODAY=2028-02-29 script/test unit: that day, with a database server and files of its own
PG=$LOCAL/pg${TODAY:+-another-day}
PG_PORT_FILE=$PG/port
export ODOO_RC=${ODOO_RC:-$ROOT/odoo.conf}

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

in_conf() { sed -nE "s/^[[:space:]]*$1[[:space:]]*[=:][[:space:]]*([^[:space:]].*)$/\\1/p" "$ODOO_RC" 2>/dev/null | tail -n 1; }

# odoo.conf is tracked and can't hold a path of this machine; one that a person puts there wins.
[ -n "$(in_conf data_dir)" ] || export ODOO_DATA_DIR=${ODOO_DATA_DIR:-$LOCAL/data${TODAY:+-another-day}}

# Runs a command with its output kept in a log; the log is shown only when the command fails.
quietly() {
    local log=$LOCAL/log/$1.log start=$SECONDS job; shift
    mkdir -p "$LOCAL/log"
    "$@" >"$log" 2>&1 &
    job=$!
    # a background job does not hear Ctrl+C
    trap 'kill "$job" 2>/dev/null; exit 130' INT TERM
    while [ -t 2 ] && kill -0 "$job" 2>/dev/null; do
        printf '\r    %d s ' $((SECONDS - start)) >&2
        sleep 1
    done
    [ ! -t 2 ] || printf '\r\033[K' >&2
    wait "$job" || { tail -n 30 "$log" >&2; die "this failed: $* (whole output: $log)"; }
    trap - INT TERM
}

apt_install() { # installs what is missing, where apt is there to do it
    command -v apt-get >/dev/null || die "please install: $*"
    [ "$(id -u)" = 0 ] || die "please install these packages (sudo apt-get install $*), then run this again"
    say "Installing $* (Debian packages)"
    quietly apt-update apt-get -q update
    DEBIAN_FRONTEND=noninteractive quietly apt-install apt-get -q -y --no-install-recommends install "$@"
}

# PostgreSQL and the servers of the tests refuse to be root. Where other users may not enter this
# folder (it is below /root, say), what those servers need is kept apart.
open_to_all() {
    if [ "$(id -u)" != 0 ] || setpriv --reuid=65534 --clear-groups test -x "$LOCAL"; then echo "$LOCAL"
    else echo "/var/lib/social-$(printf '%s' "$ROOT" | cksum | cut -d ' ' -f 1)"; fi
}

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

# Whether somebody's own PostgreSQL is named, by the environment or by odoo.conf.
own_postgres() { [ -n "${PGHOST:-}" ] || [ -n "$(in_conf db_host)" ]; }

pg_bin() { # of the release that made .local/pg, else the newest
    local own newest
    own=/usr/lib/postgresql/$(cat "$PG/data/PG_VERSION" 2>/dev/null || true)/bin
    newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    if [ -x "$own/initdb" ]; then echo "$own"
    elif [ -x "$newest/initdb" ]; then echo "$newest"
    elif command -v initdb >/dev/null && command -v pg_ctl >/dev/null; then dirname "$(command -v initdb)"
    fi
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() { # the first free loopback port from $1 on
    local port=$1
    while answers "$port"; do port=$((port + 1)); done
    echo "$port"
}

# Whatever is started after this lives on the day $TODAY; browsers don't.
travel() {
    [ -n "${TODAY:-}" ] && [ -z "${FAKETIME:-}" ] || return 0
    local library
    library=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1 || true)
    [ -n "$library" ] || die "please install libfaketime (sudo apt-get install libfaketime)"
    FAKETIME=$(printf '%+d' $(($(date -d "$TODAY" +%s) - $(date +%s))))
    export FAKETIME FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1
    export FAKETIME_SKIP_CMDS=chromium,chrome,google-chrome,chrome_crashpad_handler
    export PYTHONPATH=$ROOT/tests/clock${PYTHONPATH:+:$PYTHONPATH} LD_PRELOAD=$library
}

stop_postgres() {
    local data
    data=$(readlink -f "$PG")/data
    [ ! -f "$data/postmaster.pid" ] || (cd "$data/.." && as_postgres "$(pg_bin)/pg_ctl" -s -D "$data" -m fast stop)
}

# .local/pg may be a link (see open_to_all), hence the real path.
start_postgres() {
    own_postgres && return 0
    local bin data
    bin=$(pg_bin)
    data=$(readlink -f "$PG")/data
    [ -n "$bin" ] && [ -f "$data/PG_VERSION" ] || die "there is no PostgreSQL here yet: run script/bootstrap first"
    (
        flock 8 2>/dev/null || true # two commands may start at once
        cd "$data/.."
        if ! as_postgres "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; then
            port=$(free_port 5440)
            mkdir -p "$LOCAL/log"
            travel
            as_postgres "$bin/pg_ctl" -s -w -t 60 -D "$data" -l "$data/../log" \
                -o "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -p $port" start 8>&- 9>&- >"$LOCAL/log/pg_ctl.log" 2>&1 ||
                die "the local PostgreSQL did not start; its log is $PG/log"
        fi
        # the fourth line of postmaster.pid is the port it really has
        sed -n 4p "$data/postmaster.pid" >"$PG_PORT_FILE"
    ) 8>"$LOCAL/lock-postgres"
    export PGHOST=127.0.0.1 PGUSER=odoo
    PGPORT=$(cat "$PG_PORT_FILE"); export PGPORT
}

# Odoo's own command line, in this environment. It reads ODOO_RC, ODOO_DATA_DIR, PGHOST, PGPORT and PGUSER.
odoo() { "$VENV/bin/python" -m odoo "$@"; }
