#!/usr/bin/env bash
# The Bluesky network: directory (PLC), accounts (PDS) and app view, from npm's @atproto/dev-env, with a PostgreSQL of its own.
# usage: atproto.sh install|start|stop     start prints {"url": of the PDS}; RATE_LIMITS=1 switches rate limits on
. "$(dirname "$0")/common.bash"
NODE_VERSION=22.23.3 # dev-env needs 22; npm's build of it has the headers better-sqlite3 is compiled against
NPM_VERSION=10.9.9
DEV_ENV_VERSION=0.6.7
RECIPE="1: node $NODE_VERSION, npm $NPM_VERSION, dev-env $DEV_ENV_VERSION"
NODE=$PEER/node
DB=$RUN/pg

pg_bin() { dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)"; }

unpack() { # an npm package into a folder
    npm pack --silent --pack-destination "$PEER" "$1@$2" >/dev/null
    mkdir -p "$3"
    tar xzf "$PEER/$1-$2.tgz" -C "$3" --strip-components=1
    rm "$PEER/$1-$2.tgz"
}

install_packages() {
    export PATH=$NODE/bin:$PATH npm_config_nodedir=$NODE
    node "$PEER/npm/bin/npm-cli.js" install --silent --no-audit --no-fund "@atproto/dev-env@$DEV_ENV_VERSION"
    test -f node_modules/better-sqlite3/build/Release/better_sqlite3.node
}

install() {
    local arch
    case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) die "there is no Node for $(uname -m) on npm" ;; esac
    command -v npm >/dev/null || need npm
    command -v g++ >/dev/null && command -v make >/dev/null && command -v python3 >/dev/null || need g++ make python3
    [ -x "$(pg_bin)/initdb" ] || need postgresql
    say "Installing the AT Protocol network (760 MB, a minute or two)"
    rm -rf "$PEER" && mkdir -p "$PEER" && cd "$PEER"
    quietly unpack "node-linux-$arch" "$NODE_VERSION" "$NODE"
    quietly unpack npm "$NPM_VERSION" "$PEER/npm"
    echo '{"name": "peer", "private": true, "type": "module"}' >package.json
    quietly install_packages
}

start_database() {
    local user=postgres bin
    bin=$(pg_bin)
    hand_over "$user" "$DB"
    as "$user" "$bin/initdb" --no-sync -D "$DB/data" -U pg -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
    as "$user" "$bin/pg_ctl" -s -w -D "$DB/data" -l "$DB/log" start \
        -o "-c listen_addresses=127.0.0.1 -p $1 -c unix_socket_directories='' -c fsync=off"
    psql -qX -h 127.0.0.1 -p "$1" -U pg postgres -c 'create database atproto'
}

start() {
    local db_port
    db_port=$(free_port "${ATPROTO_DB_PORT:-}")
    start_database "$db_port"
    mkdir -p "$RUN/tmp"
    cd "$PEER"
    cp "$HERE"/atproto-*.?js . # beside what they import
    PLC_PORT=$(free_port)
    PDS_PORT=$(free_port "${ATPROTO_PORT:-}")
    VIEW_PORT=$(free_port)
    OZONE_PORT=$(free_port)
    export PLC_PORT PDS_PORT VIEW_PORT OZONE_PORT RATE_LIMITS=${RATE_LIMITS:-}
    export TMPDIR=$RUN/tmp LOG_ENABLED=false REDIS_HOST=unused # a name is asked for, but nothing connects to it
    export DB_POSTGRES_SCHEMA=dev DB_POSTGRES_URL=postgresql://pg@127.0.0.1:$db_port/atproto
    launch server "$(id -un)" "$NODE/bin/node" --require "$PEER/atproto-loopback.cjs" atproto-network.mjs
    wait_for 60 grep -q READY "$RUN/server.log" || failed server
    printf '{"url": "http://localhost:%s"}\n' "$PDS_PORT"
}

stop() {
    halt server
    if [ -f "$DB/data/postmaster.pid" ]; then
        as postgres "$(pg_bin)/pg_ctl" -s -D "$DB/data" -m immediate stop || true
    fi
}

run "$@"
