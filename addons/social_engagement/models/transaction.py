"""Units of work that several processes do on one database: each in a transaction of its
own, done again when another process was faster, and with nothing of what strangers
wrote in the log.
"""

import errno
import logging
import threading
import traceback
from contextlib import contextmanager
from pathlib import Path

from psycopg2 import InterfaceError, OperationalError, errors

from odoo.modules import module
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as OVERTAKEN

TRIES = 5
#: Of what PostgreSQL calls operational errors, those that a value can cause: it is too
#: large for an index, a statement too complex.
OF_VALUES = (errors.ProgramLimitExceeded, errors.StatementTooComplex)
#: No disk space left, no file descriptors, no memory, disks that can't be read.
OF_SYSTEM = {
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE", "ENOMEM", "EROFS")
}

_private = threading.local()


def commit_each(env, call):
    """Calls ``call`` and commits. When another process changed the same rows meanwhile,
    everything is rolled back and done again, seeing what that one did.

    :return: what ``call`` returned
    :raises psycopg2.Error: one of OVERTAKEN, when it was overtaken every time; any
        exception of ``call``, rolled back
    """
    for tries_left in reversed(range(TRIES)):
        try:
            with values_unlogged():
                result = call()
                env.cr.commit()
            return result
        except OVERTAKEN:
            env.cr.rollback()
            if not tries_left:
                raise
        except Exception:
            env.cr.rollback()
            raise


def end_before_call(env):
    """Ends the transaction of somebody who waits for a network: a call may take half a
    minute, and neither a lock nor a view of the database is held for that long.

    Tests hold everything in one transaction that must not end.
    """
    env.flush_all()
    if not module.current_test:
        env.cr.commit()


@contextmanager
def values_unlogged():
    """Keeps the values of failed SQL statements out of the log: Odoo logs a statement
    whole, here with what customers wrote. Being overtaken is not logged at all.
    """
    before = getattr(_private, "on", False)
    _private.on = True
    try:
        yield
    finally:
        _private.on = before


def is_fault_of_system(error):
    """Whether the machine or the database failed (disk full, out of memory, connection
    lost, shut down), not what was worked on: it can be done later.
    """
    if isinstance(error, OSError):
        return error.errno in OF_SYSTEM
    if isinstance(error, OperationalError):
        return not isinstance(error, OF_VALUES)
    return isinstance(error, InterfaceError | MemoryError)


def place(error):
    """Where and as what an unexpected error came up, for the log: its own words may be
    those of a customer.
    """
    frames = traceback.extract_tb(error.__traceback__)
    way = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-4:]]
    return f"{type(error).__name__} at {' > '.join(way)}"


def _without_values(record):
    """A logging filter for Odoo's ``bad query: <statement>, ERROR: <error>``."""
    if not getattr(_private, "on", False) or record.levelno < logging.ERROR:
        return True
    error = record.args[-1] if isinstance(record.args, tuple) and record.args else None
    if isinstance(error, OVERTAKEN):
        return False
    diagnosis = getattr(error, "diag", None)
    names = [getattr(diagnosis, n, None) for n in ("table_name", "constraint_name")]
    record.msg = "bad query (values withheld): %s %s %s"
    record.args = (
        type(error).__name__,
        getattr(error, "pgcode", None) or "",
        " ".join(filter(None, names)),
    )
    return True


logging.getLogger("odoo.sql_db").addFilter(_without_values)
