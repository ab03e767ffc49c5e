"""The databases of this project, each with its filestore, wherever PostgreSQL is.

usage: database.py check | exists NAME | drop NAME | copy FROM TO | rename FROM TO
       database.py note NAME [TEXT]

A database's note (its comment in PostgreSQL) says what it was made from.
"""

import configparser
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
os.environ.setdefault("ODOO_RC", str(ROOT / "odoo.conf"))
CONF = configparser.RawConfigParser()
CONF.read(os.environ["ODOO_RC"])
OPTIONS = CONF["options"] if CONF.has_section("options") else {}

# script/common.sh says the same to Odoo; here it serves who starts Python directly
if not OPTIONS.get("data_dir"):
    os.environ.setdefault("ODOO_DATA_DIR", str(LOCAL / "data"))
if not OPTIONS.get("db_host") and not os.environ.get("PGHOST"):
    os.environ |= {
        "PGHOST": "127.0.0.1",
        "PGPORT": (LOCAL / "pg" / "port").read_text().strip(),
        "PGUSER": "odoo",
    }


def filestore(name):
    data_dir = os.environ.get("ODOO_DATA_DIR") or OPTIONS["data_dir"]
    return Path(data_dir, "filestore", name)


def connect(name="postgres"):
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
    connection = psycopg2.connect(dbname=name, connect_timeout=10, **named)
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
    rows = query(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", prefix
    )
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
        reason = str(error).strip().splitlines()[0]
        where = "PGHOST" if os.environ.get("PGHOST") else "odoo.conf"
        trouble = f"the PostgreSQL that {where} names says: {reason}"
    if trouble == "no":
        sys.exit(1)
    if trouble:
        sys.exit(f"error: {trouble}")
