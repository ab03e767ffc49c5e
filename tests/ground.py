"""What tests and benchmarks stand on: databases ready in seconds, and a running Odoo.

with fresh_database() as name:     both add-ons and the demo; dropped after
    with Server(name) as server:   Odoo as a process of its own, over HTTP
"""

import contextlib
import fcntl
import hashlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
PYTHON = LOCAL / "venv" / "bin" / "python"
DEPENDENCIES = "crm,contacts,helpdesk_mgmt,hr_skills,resource"
ADDONS = "social_engagement,social_routing"
# What timelines show of other apps: each is installed by itself where its app is.
APP_ADDONS = (
    "social_timeline_account,social_timeline_calendar,social_timeline_rating,"
    "social_timeline_sale,social_timeline_survey"
)
# Beside OCA's job queue: apart, since it takes over what the scheduled jobs do.
JOB_ADDON = "social_engagement_queue_job"

sys.path.append(str(ROOT / "script"))
import database  # noqa: E402


def say(text):
    print(f"==> {text}", flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_to_end(command, **options):
    """Run a program; its exit code. An interrupted one is waited for: it clears up."""
    process = subprocess.Popen(command, cwd=ROOT, **options)
    try:
        return process.wait()
    except KeyboardInterrupt:  # Ctrl+C, which reached the program as well
        process.wait()
        raise
    except SystemExit:  # a signal to this process alone
        process.send_signal(signal.SIGINT)
        process.wait()
        raise


def odoo(*arguments, log, stdin=""):
    """Run Odoo's command line to its end; its exit code."""
    log = LOCAL / "log" / log
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output, tempfile.TemporaryFile("w+") as given:
        given.write(stdin)
        given.seek(0)
        return run_to_end(
            [PYTHON, "-m", "odoo", *arguments],
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def code_of_addons():
    digest = hashlib.sha256()
    for path in sorted((ROOT / "addons").rglob("*")):
        inside = path.relative_to(ROOT)
        if path.is_file() and not {"tests", "__pycache__"} & set(inside.parts):
            digest.update(f"{inside}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def template(kind):
    """The name of a database to copy: "dependencies" alone, or with the "addons"."""
    made_from = (LOCAL / "venv" / ".made-from").read_text()
    source, modules, key = None, DEPENDENCIES, f"{ROOT} {made_from} {DEPENDENCIES}"
    if kind == "addons":
        source, modules, key = template("dependencies"), ADDONS, key + code_of_addons()
    prefix = f"social_template_{kind}_"
    name = prefix + hashlib.sha256(key.encode()).hexdigest()[:10]
    with open(LOCAL / f"lock-template-{kind}", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if database.exists(name) and database.filestore(name).exists():
            return name
        for outdated in database.names(prefix):
            drop_unless_used(outdated)
        say(f"Making a database to copy: {kind} (kept until they change)")
        part = f"{prefix}part"
        if source:
            database.copy(source, part)
        bundle = 'env["ir.qweb"]._pregenerate_assets_bundles(); env.cr.commit()'
        install = ["-d", part, "--no-http", "--max-cron-threads=0"]
        log = f"template-{kind}.log"
        if odoo(*install, "-i", modules, "--with-demo", "--stop-after-init", log=log):
            raise RuntimeError(f"installing {modules} failed: .local/log/{log}")
        if odoo("shell", "-d", part, "--no-http", log="assets.log", stdin=bundle):
            raise RuntimeError("bundling the pages failed: .local/log/assets.log")
        database.rename(part, name)
        return name


def drop_unless_used(name):
    from psycopg2.errors import ObjectInUse

    with contextlib.suppress(ObjectInUse):
        database.drop(name)


def alive(pid):
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass
    return True


count = itertools.count(1)


@contextlib.contextmanager
def fresh_database(kind="addons"):
    for left_over in database.names("social_test_"):
        if not alive(left_over.split("_")[2]):  # of an interrupted run
            drop_unless_used(left_over)
    name = f"social_test_{os.getpid()}_{next(count)}"
    database.copy(template(kind), name)
    as_if_jobs_ran(name)
    try:
        yield name
    finally:
        database.drop(name)


def as_if_jobs_ran(name):
    """The scheduled jobs of a copy are due tomorrow: else its pages say, rightly, that
    they have not run since the copied database was made.
    """
    connection = database.connect(name)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ir_cron SET nextcall = now() + interval '1 day'")
    connection.close()


class Server:
    """Odoo as a process of its own. Scheduled jobs run only when a test says so."""

    def __init__(self, name, *arguments):
        self.database = name
        self.arguments = arguments
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = LOCAL / "log" / f"{name}.log"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()

    def start(self):
        import requests

        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [PYTHON, "-m", "odoo", "-d", self.database, "--max-cron-threads=0"]
        command += [f"--db-filter=^{self.database}$", f"--http-port={self.port}"]
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                [*command, *self.arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        for _attempt in range(120):
            if self.process.poll() is not None:
                break
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{self.url}/web/login", timeout=60).ok:
                    return
            time.sleep(0.5)
        self.kill()
        raise RuntimeError(f"Odoo did not come up; its log is {self.log}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        """As a power cut would: no chance to finish anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, model, method, *args, login="admin", password=None, **kwargs):
        """Call a public method of a model as a user."""
        import requests

        session = requests.Session()
        self._rpc(
            session,
            "/web/session/authenticate",
            {"db": self.database, "login": login, "password": password or login},
        )
        call = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._rpc(session, f"/web/dataset/call_kw/{model}/{method}", call)

    def _rpc(self, session, path, params):
        answer = session.post(
            self.url + path, json={"jsonrpc": "2.0", "params": params}, timeout=300
        ).json()
        if "error" in answer:
            error = answer["error"]["data"]
            raise RuntimeError(f"{error['message']}\n{error.get('debug', '')}")
        return answer.get("result")  # a method that returns nothing has none

    def run_job(self, xmlid):
        """Run a scheduled job now, as its "Run Manually" button does."""
        module, name = xmlid.split(".")
        [found] = self.call(
            "ir.model.data",
            "search_read",
            [("module", "=", module), ("name", "=", name), ("model", "=", "ir.cron")],
            ["res_id"],
        )
        self.call("ir.cron", "method_direct_trigger", [found["res_id"]])
