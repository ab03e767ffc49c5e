#!/usr/bin/env bash
# A server that checks requests to X against X's published API description, and answers with made-up values: Stoplight's Prism.
# The description is X's (Developer Agreement) and no part of this repository: x-openapi.json in $SOCIAL_DATA or ../shared/data.
# usage: prism.sh install|start|stop     start prints {"url"}
. "$(dirname "$0")/common.bash"
VERSION=5.14.2
RECIPE="1: prism-cli $VERSION"
DESCRIPTION=${SOCIAL_DATA:-$ROOT/../shared/data}/x-openapi.json

install() {
    command -v npm >/dev/null || need npm
    need curl
    say "Installing Prism $VERSION"
    rm -rf "$PEER" && mkdir -p "$PEER" && cd "$PEER"
    echo '{"name": "peer", "private": true}' >package.json
    quietly npm install --silent --no-audit --no-fund "@stoplight/prism-cli@$VERSION"
}

start() {
    local port
    [ -f "$DESCRIPTION" ] || die "there is no $DESCRIPTION: name its folder in SOCIAL_DATA"
    port=$(free_port "${PRISM_PORT:-}")
    launch server "$(id -un)" "$PEER/node_modules/.bin/prism" mock -h 127.0.0.1 -p "$port" "$DESCRIPTION"
    wait_for 60 answers "http://127.0.0.1:$port/2/openapi.json" || failed server
    printf '{"url": "http://127.0.0.1:%s"}\n' "$port"
}

stop() { halt server; }

run "$@"
