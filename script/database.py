"""The databases of this project, each with its filestore, on the PostgreSQL that serves it.

usage: database.py check | exists NAME | drop NAME | copy FROM TO | rename FROM TO | note NAME [TEXT]

A database's note (its comment in PostgreSQL) says what it was made from.
"""

import configparser
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONF = configparser.RawConfigParser()
CONF.read(os.environ.get("ODOO_RC", ROOT / "odoo.conf"))
OPTIONS = CONF["options"] if CONF.has_section("options") else {}


def data_dir():
    named = os.environ.get("ODOO_DATA_DIR") or OPTIONS.get("data_dir")
    return Path(named) if named else ROOT / ".local" / "data"


def filestore(name):
    return data_dir() / "filestore" / name


def connect():
    import psycopg2

    # the same precedence as Odoo's own: environment, then odoo.conf
    named = {
        key: OPTIONS[option]
        for key, option, variable in (
            ("host", "db_host", "PGHOST"),
            ("port", "db_port", "PGPORT"),
            ("user", "db_user", "PGUSER"),
            ("password", "db_password", "PGPASSWORD"),
        )
        if OPTIONS.get(option) and variable not in os.environ
    }
    connection = psycopg2.connect(dbname="postgres", connect_timeout=10, **named)
    connection.autocommit = True
    return connection


def query(sql, *values, names=()):
    from psycopg2 import sql as quoting

    connection = connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                quoting.SQL(sql).format(*map(quoting.Identifier, names)), values
            )
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def check():
    """Why Odoo could not work on this server, or None."""
    [(version, user, may_create)] = query(
        "SELECT current_setting('server_version'), current_user, "
        "rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    if int(version.split(".")[0]) < 13:
        return f"Odoo 19 needs PostgreSQL 13 or newer, this server is {version}"
    if user == "postgres":
        return "Odoo refuses the user postgres: name another in db_user or PGUSER"
    if not may_create:
        return f"the user {user} may not create databases (ALTER ROLE … CREATEDB)"
    return None


def exists(name):
    return bool(query("SELECT 1 FROM pg_database WHERE datname = %s", name))


def names(prefix):
    rows = query("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", prefix)
    return [name for [name] in rows]


def note(name, text=None):
    if text is not None:
        query("COMMENT ON DATABASE {} IS %s", text, names=[name])
    rows = query(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        "WHERE datname = %s",
        name,
    )
    return rows and rows[0][0] or ""


def drop(name):
    query("DROP DATABASE IF EXISTS {}", names=[name])
    shutil.rmtree(filestore(name), ignore_errors=True)


def copy(source, target):
    query("CREATE DATABASE {} TEMPLATE {}", names=[target, source])
    shutil.rmtree(filestore(target), ignore_errors=True)
    if filestore(source).exists():
        shutil.copytree(filestore(source), filestore(target))


def rename(source, target):
    shutil.rmtree(filestore(target), ignore_errors=True)
    if filestore(source).exists():
        filestore(source).rename(filestore(target))
    query("ALTER DATABASE {} RENAME TO {}", names=[source, target])


def main(command, *arguments):
    if command == "exists":
        return None if exists(*arguments) else "no"
    if command == "note":
        print(note(*arguments))
        return None
    commands = {"check": check, "drop": drop, "copy": copy, "rename": rename}
    return commands[command](*arguments)


if __name__ == "__main__":
    from psycopg2 import Error

    try:
        trouble = main(*sys.argv[1:])
    except Error as error:
        trouble = "PostgreSQL says: " + str(error).strip().splitlines()[0]
    if trouble == "no":
        sys.exit(1)
    if trouble:
        sys.exit(f"error: {trouble}")
