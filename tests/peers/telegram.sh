#!/usr/bin/env bash
# Telegram's Bot API as npm's telegram-test-api emulates it: people write to a bot by further routes of the same server.
# usage: telegram.sh install|start|stop     start prints {"url", "token": of the bot}
. "$(dirname "$0")/common.bash"
VERSION=4.2.1
TOKEN=666:correct-horse # the emulator's bot is always number 666
RECIPE="1: telegram-test-api $VERSION"

install() {
    command -v npm >/dev/null && command -v node >/dev/null || need nodejs npm
    say "Installing the emulator of Telegram's Bot API"
    rm -rf "$PEER" && mkdir -p "$PEER" && cd "$PEER"
    echo '{"name": "peer", "private": true}' >package.json
    quietly npm install --silent --no-audit --no-fund --ignore-scripts "telegram-test-api@$VERSION"
}

start() {
    local port
    port=$(free_port "${TELEGRAM_PORT:-}")
    cd "$PEER"
    cp "$HERE/telegram-server.cjs" . # beside what it imports
    launch server "$(id -un)" node telegram-server.cjs "$port" "$TOKEN"
    wait_for 20 grep -q READY "$RUN/server.log" || failed server
    printf '{"url": "http://127.0.0.1:%s", "token": "%s"}\n' "$port" "$TOKEN"
}

stop() { halt server; }

run "$@"
