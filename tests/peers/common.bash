# Shared by the peers: real servers on loopback for tests. They are installed into $PEERS,
# and run in $PEER_RUN: with another folder for each, several of a kind run side by side.
set -euo pipefail
SELF=$(realpath "$0")
HERE=$(dirname "$SELF")
ROOT=$(cd "$HERE/../.." && pwd)
PEERS=${PEERS:-$ROOT/.local/peers}
PEER=$PEERS/$(basename "$0" .sh)
RUN=${PEER_RUN:-$PEER/run}

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command with its output kept in a log, which is shown only when it fails.
quietly() {
    mkdir -p "$PEER"
    "$@" >"$PEER/install.log" 2>&1 || { tail -n 20 "$PEER/install.log" >&2; die "this failed: $*"; }
}

# Installs Debian packages when one of them is missing.
need() {
    dpkg -s "$@" >/dev/null 2>&1 && return
    command -v apt-get >/dev/null || die "please install: $*"
    [ "$(id -u)" = 0 ] || die "please install these packages (sudo apt-get install $*), then run this again"
    say "Installing $* (Debian packages)"
    quietly apt-get -q update
    DEBIAN_FRONTEND=noninteractive quietly apt-get -q -y --no-install-recommends install "$@"
}

# apt with lists and archives of its own: needs no root, and leaves the machine's as they are.
apt_apart() {
    mkdir -p "$PEER"/apt/lists/partial "$PEER"/apt/cache/archives/partial
    apt-get -q -o "Dir::State::Lists=$PEER/apt/lists" -o "Dir::Cache=$PEER/apt/cache" -o APT::Sandbox::User=root \
        -o Debug::NoLocking=1 "$@"
}

unpack_debs() { # all that apt downloaded, into $PEER/root
    local deb
    for deb in "$@"; do dpkg -x "$deb" "$PEER/root"; done
    rm -rf "$PEER/apt"
}

# Whether it is installed as $RECIPE says, which every peer sets: change it, and it is installed again.
installed() { [ "$(cat "$PEER/.made-from" 2>/dev/null)" = "$RECIPE" ]; }

ensure_installed() {
    installed && return
    mkdir -p "$PEERS"
    exec 8>"$PEERS/lock-$(basename "$PEER")"
    flock 8
    installed || (install)
    echo "$RECIPE" >"$PEER/.made-from"
    exec 8>&-
}

# Servers that refuse to run as root run as another user, who has to be able to reach the folder.
as_command() { [ "$(id -u)" != 0 ] || echo setpriv "--reuid=$1" "--regid=$(id -g "$1")" --clear-groups; }

as() { # shellcheck disable=SC2046
    local user=$1; shift
    $(as_command "$user") "$@"
}

hand_over() { # gives folders to the user a server runs as
    local user=$1; shift
    mkdir -p "$@"
    [ "$(id -u)" = 0 ] || return 0
    chown "$user" "$@"
    as "$user" test -w "$1" || die "the user $user can't reach $RUN: name another folder in PEERS"
}

free_port() { # a free loopback port: $1, or by chance, since runs side by side look at the same moment
    local port=${1:-$((10000 + RANDOM % 20000))}
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    echo "$port"
}

failed() { # a server did not start: why?
    tail -n 20 "$RUN/$1.log" >&2
    die "$(basename "$PEER") did not start"
}

wait_for() { # waits up to $1 seconds for a command to succeed
    local end=$((SECONDS + $1)); shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

# Starts a server in a session of its own; its output and process id go into files of its name.
# usage: launch NAME USER COMMAND…
launch() {
    local name=$1 user=$2; shift 2
    # shellcheck disable=SC2016,SC2046
    setsid bash -c 'echo $$ >"$0"; exec "$@"' "$RUN/$name.pid" $(as_command "$user") "$@" >"$RUN/$name.log" 2>&1 </dev/null &
    wait_for 5 test -s "$RUN/$name.pid"
}

answers() { curl -sf -o /dev/null --max-time 5 "$1"; }

halt() { # ends what was launched under a name, with everything it started
    local pid
    pid=$(cat "$RUN/$1.pid" 2>/dev/null) || return 0
    kill -- "-$pid" 2>/dev/null || true
    wait_for 10 gone "$pid" || kill -9 -- "-$pid" 2>/dev/null || true
    rm -f "$RUN/$1.pid"
}

gone() { ! kill -0 "$1" 2>/dev/null; }

clear_away() { # ends what runs here and forgets all of it
    stop
    rm -rf "$RUN"
}

run() { # the three commands every peer has
    case ${1:-} in
    install) ensure_installed ;;
    start)
        ensure_installed
        clear_away
        mkdir -p "$RUN"
        start
        ;;
    stop) clear_away ;;
    *) die "usage: $0 install|start|stop" ;;
    esac
}
