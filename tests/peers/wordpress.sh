#!/usr/bin/env bash
# Debian's WordPress with its own MariaDB, extracted and not installed.
# usage: wordpress.sh install|start|stop     start prints {"url", "user", "password", "feed"}
. "$(dirname "$0")/common.bash"
DEBS=$PEER/root
LIBS=$DEBS/usr/lib/$(uname -m)-linux-gnu:$DEBS/lib/$(uname -m)-linux-gnu
DATA=$RUN/mariadb
SITE=$RUN/site
SOCKET=$DATA/server.sock
PASSWORD=correct-horse-1A
RECIPE="1: WordPress and MariaDB of this Debian"

download() {
    local version
    version=$(apt-cache -o "Dir::State::Lists=$PEER/apt/lists" depends php-cli | sed -n 's/.*Depends: php\(.*\)-cli/\1/p' | head -n 1)
    [ -n "$version" ] || die "no PHP is to be had from apt"
    # --reinstall, since what this machine has installed would be left out
    apt_apart -y --no-install-recommends --download-only --reinstall install \
        wordpress wordpress-theme-twentytwentythree "php$version-cli" "php$version-mysql" "php$version-xml" "php$version-common" \
        mariadb-server-core mariadb-client-core
}

install() {
    need curl ca-certificates
    say "Installing WordPress"
    rm -rf "$PEER"
    quietly apt_apart update
    quietly download
    unpack_debs "$PEER"/apt/cache/archives/*.deb
    mkdir "$PEER/site"
    # -L, since Debian's WordPress is full of links to other packages; some of those are not needed and not there
    cp -rL "$DEBS/usr/share/wordpress/." "$PEER/site" 2>/dev/null || true
    rm -rf "$PEER/site/wp-content"
    cp -rL "$DEBS/var/lib/wordpress/wp-content" "$PEER/site" 2>/dev/null || true
    cp -rL "$DEBS/usr/share/wordpress/wp-content/themes" "$PEER/site/wp-content" 2>/dev/null || true
}

sql() { LD_LIBRARY_PATH=$LIBS "$DEBS/usr/bin/mariadb" --no-defaults -S "$SOCKET" -u root -e "$1"; }

start_database() {
    hand_over nobody "$DATA"
    (
        export LD_LIBRARY_PATH=$LIBS
        as nobody "$DEBS/usr/bin/mariadb-install-db" --no-defaults --basedir="$DEBS/usr" --datadir="$DATA" \
            --auth-root-authentication-method=normal --skip-test-db >"$RUN/database-install.log" 2>&1
        launch database nobody "$DEBS/usr/sbin/mariadbd" --no-defaults --basedir="$DEBS/usr" --datadir="$DATA" --bind-address=127.0.0.1 \
            --port="$1" --socket="$SOCKET" --plugin-dir="$DEBS/usr/lib/mysql/plugin" --lc-messages-dir="$DEBS/usr/share/mysql" \
            --innodb-buffer-pool-size=32M --innodb-flush-log-at-trx-commit=0 --performance-schema=off --skip-name-resolve
    )
    wait_for 30 sql 'select 1' || { sql 'select 1' || true; failed database; }
    sql "create database wp; create user wp@127.0.0.1 identified by 'wp'; grant all on wp.* to wp@127.0.0.1"
}

php() {
    local extensions
    extensions=$(printf -- '-d extension=%s ' mysqlnd dom xml simplexml xmlreader xmlwriter mysqli ctype fileinfo tokenizer iconv)
    # shellcheck disable=SC2086
    LD_LIBRARY_PATH=$LIBS launch server nobody "$(ls "$DEBS"/usr/bin/php[0-9]* | head -n 1)" -n \
        -d extension_dir="$(ls -d "$DEBS"/usr/lib/php/20* | head -n 1)" $extensions \
        -d memory_limit=256M -d sendmail_path=/bin/true "$@"
}

start() {
    local db_port port url
    db_port=$(free_port "${WORDPRESS_DB_PORT:-}")
    port=$(free_port "${WORDPRESS_PORT:-}")
    url=http://127.0.0.1:$port
    start_database "$db_port"
    cp -r "$PEER/site" "$SITE"
    cp "$HERE/wordpress-router.php" "$RUN"
    sed "s|@URL@|$url|; s|@DB@|127.0.0.1:$db_port|" "$HERE/wordpress-config.php" >"$SITE/wp-config.php"
    [ "$(id -u)" != 0 ] || chown -R nobody "$SITE/wp-content"
    PHP_CLI_SERVER_WORKERS=4 php -S "127.0.0.1:$port" -t "$SITE" "$RUN/wordpress-router.php"
    wait_for 30 answers "$url/wp-admin/install.php" || failed server
    curl -s "$url/wp-admin/install.php?step=2" -d weblog_title=Peer -d user_name=admin -d admin_password=$PASSWORD -d admin_password2=$PASSWORD -d pw_weak=1 \
        -d admin_email=admin@example.com -d blog_public=1 -d language= >"$RUN/setup.html"
    grep -q '<h1>Success!</h1>' "$RUN/setup.html" || failed server
    printf '{"url": "%s", "user": "admin", "password": "%s", "feed": "%s/?feed=rss2"}\n' "$url" "$PASSWORD" "$url"
}

stop() {
    halt server
    halt database
}

run "$@"
