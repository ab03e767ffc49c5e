#!/usr/bin/env bash
# A server that speaks Mastodon's API: Debian's snac2, with the users "brand" and "fan".
# usage: snac.sh install|start|stop     start prints {"url", "users": {name: password}}
. "$(dirname "$0")/common.bash"
VERSION=2.75-2 # trixie's; it runs on bookworm as it is
RECIPE="1: snac2 $VERSION"
SNAC=$PEER/root/usr/bin/snac
DATA=$RUN/data/snac

apt_trixie() {
    apt_apart -o "Dir::Etc::sourcelist=$PEER/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null "$@"
}

install() {
    need curl ca-certificates
    ldconfig -p | grep -q 'libcurl\.so\.4 ' || need libcurl4
    say "Installing snac2 $VERSION"
    rm -rf "$PEER" && mkdir -p "$PEER/apt" && cd "$PEER/apt"
    local mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | sort -u | head -n 1)
    [ -n "$mirror" ] || die "no Debian mirror is configured in apt"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$PEER/apt/sources.list"
    quietly apt_trixie update
    quietly apt_trixie download "snac2=$VERSION"
    unpack_debs snac2_*.deb
}

add_user() { # prints the password the server made
    printf '%s\n%s\n' "$1" "$1" | as nobody "$SNAC" adduser "$DATA" "$1" | sed -n 's/^User password is //p'
}

start() {
    local port
    port=$(free_port "${SNAC_PORT:-}")
    hand_over nobody "$RUN/data"
    printf '127.0.0.1\n%s\n127.0.0.1:%s\n\nadmin@localhost\n' "$port" "$port" | as nobody "$SNAC" init "$DATA" >/dev/null
    sed -i 's/"protocol": "https"/"protocol": "http"/; s/"fastcgi": false/"num_threads": 16,\n    "fastcgi": false/' "$DATA/server.json"
    local brand fan
    brand=$(add_user brand)
    fan=$(add_user fan)
    launch server nobody "$SNAC" httpd "$DATA"
    wait_for 10 answers "http://127.0.0.1:$port/api/v1/instance" || failed server
    printf '{"url": "http://127.0.0.1:%s", "users": {"brand": "%s", "fan": "%s"}}\n' "$port" "$brand" "$fan"
}

stop() { halt server; }

run "$@"
