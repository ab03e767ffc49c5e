"""Runs the project's tests, part by part. usage: script/test [PART [ARGUMENT…]]…

A further part is a function that returns a Result, and one entry in PARTS.
"""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from xml.etree import ElementTree

from ground import (
    ADDONS,
    APP_ADDONS,
    JOB_ADDON,
    LOCAL,
    PYTHON,
    ROOT,
    free_port,
    fresh_database,
    odoo,
    run_to_end,
    say,
)

TOOLS = LOCAL / "venv-test" / "bin"
ACCURACY = ROOT / "tests" / "accuracy" / "run.py"
LABELLED = ROOT.parent / "shared" / "data"  # beside the clone, where there is any


@dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    trouble: str = ""  # why the run is no success though no test failed

    @classmethod
    def of(cls, total, failed, skipped):
        trouble = "a skipped test shows nothing: see above why it was"
        return cls(
            total - failed - skipped, failed, skipped, trouble if skipped else ""
        )

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def lint():
    """Style and the usual mistakes, of all tracked files (pre-commit)."""
    os.environ.setdefault("PRE_COMMIT_HOME", str(LOCAL / "pre-commit"))
    done = subprocess.run(
        [TOOLS / "pre-commit", "run", "--all-files", "--color=never"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    print(done.stdout)
    verdicts = re.findall(r"\.(Passed|Failed)$", done.stdout, re.M)
    result = Result(verdicts.count("Passed"), verdicts.count("Failed"))
    if done.returncode and not result.failed:
        result.trouble = "pre-commit could not run"
    return result


RECORD = re.compile(r"\d{4}-\d\d-\d\d \S+ \d+ ([A-Z]+) \S+ (\S+?): (.*)", re.S)
OURS = re.compile(r"social_(engagement|routing|timeline)|\bsocial\.\w")


def unit(*classes):
    """Odoo's own tests of all add-ons, browser tests among them. ARGUMENT: a class."""
    total = Result()
    for addons, log in (
        (ADDONS, "unit.log"),
        (APP_ADDONS, "unit-apps.log"),
        (JOB_ADDON, "unit-jobs.log"),
    ):
        named = [name for name in classes if is_defined(name, addons)]
        if classes and not named:
            continue
        result = test_addons(addons, named, log)
        total.passed += result.passed
        total.failed += result.failed
        total.skipped += result.skipped
        total.trouble = total.trouble or result.trouble
    return total


def is_defined(name, addons):
    """Whether a class of tests stands in one of the add-ons."""
    folders = [ROOT / "addons" / addon / "tests" for addon in addons.split(",")]
    files = [path for folder in folders for path in folder.glob("*.py")]
    return any(re.search(rf"^class {name}\b", f.read_text(), re.M) for f in files)


def test_addons(addons, classes, log):
    tags = [f"/{addon}" for addon in addons.split(",")]
    if classes:
        tags = [f"{tag}:{name}" for tag in tags for name in classes]
    with fresh_database("dependencies") as name:
        say(f"Installing and testing {addons} (log: .local/log/{log})")
        code = odoo(
            *("-d", name, "-i", addons, "--with-demo", "--stop-after-init"),
            *("--test-tags", ",".join(tags), "--max-cron-threads=0"),
            f"--http-port={free_port()}",
            log=log,
        )
    return read_odoo_log((LOCAL / "log" / log).read_text(errors="replace"), code)


def read_odoo_log(log, code):
    failures, complaints, skips = [], [], []
    records = re.split(r"^(?=\d{4}-\d\d-\d\d )", log, flags=re.M)  # with tracebacks
    for record in records:
        found = RECORD.match(record)
        level, logger, text = found.groups() if found else ("", "", "")
        bad = level in ("ERROR", "CRITICAL")
        if bad and text.startswith(("FAIL: ", "ERROR: ")):
            failures.append(record)
        elif bad or level == "WARNING" and OURS.search(logger + text):
            complaints.append(record)
        elif logger.startswith("odoo.addons.social_") and text.startswith("skipped "):
            skips.append(record)
    print("".join(failures + complaints + skips), end="")
    counts = re.findall(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when", log)
    failed, errors, total = map(int, counts[-1]) if counts else (0, 0, 0)
    result = Result.of(total, failed + errors, len(skips))
    if not total:
        print("".join(records[-20:]))
        result.trouble = "Odoo ran no test; its log is in .local/log"
    elif not result.failed and (complaints or code):
        result.trouble = "Odoo logged warnings or errors: see above"
    return result


def engine(*names):
    """Routing's engine without Odoo: properties, and a simulation. ARGUMENT: a file."""
    return pytest("engine", names, "--capture=no")


def e2e(*names):
    """The whole way in a browser, on real servers. ARGUMENT: a file."""
    return pytest("e2e", names)


def live(*names):
    """The networks alone, on real servers. ARGUMENT: a file."""
    return pytest("live", names)


def pytest(part, names, *options):
    folder = ROOT / "tests" / part
    files = [path for name in names for path in folder.glob(f"{name}*")]
    if names and not files:
        raise RuntimeError(f"there is no {' or '.join(names)} in tests/{part}")
    report = LOCAL / "log" / f"{part}.xml"
    report.unlink(missing_ok=True)
    code = run_to_end(
        [TOOLS / "pytest", f"--junitxml={report}", *options, *(files or [folder])],
    )
    if not report.exists():
        return Result(trouble="pytest did not run")
    suite = ElementTree.parse(report).getroot().find("testsuite")
    keys = ("tests", "failures", "errors", "skipped")
    total, failed, errors, skipped = (int(suite.get(key)) for key in keys)
    result = Result.of(total, failed + errors, skipped)
    if code and not result.failed:
        result.trouble = f"pytest ended with {code}"
    return result


def program(*command, python=PYTHON, **variables):
    """A program: its last line counts its tests, or else its exit code says it all."""
    done = subprocess.Popen(
        [python, *command],
        cwd=ROOT,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = ""
    for line in done.stdout:
        print(line, end="", flush=True)
    code = done.wait()
    counted = re.match(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", line)
    if counted:
        result = Result(*(int(number or 0) for number in counted.groups()))
        if code and not result.failed:
            result.trouble = f"{command[0].name} ended with {code}"
        return result
    return Result(failed=1) if code else Result(passed=1)


def accuracy(*arguments):
    """How often the analysis is right, on the labelled texts beside the clone."""
    return program(ACCURACY, *arguments)


def soak(*arguments):
    """Odoo under fire for as long as 100,000 posts take. ARGUMENT: how many posts."""
    run = ROOT / "tests" / "soak" / "run.py"
    return program(run, *(arguments or ["100000"]), python=TOOLS / "python")


def bench(*names):
    """How fast it is, one JSON object a line; DB is set. ARGUMENT: a benchmark."""
    known = {path.stem: path for path in (ROOT / "tests" / "bench").glob("[!_]*.py")}
    total = Result()
    for name in names or sorted(known):
        if name not in known:
            raise RuntimeError(f"no benchmark {name}; there are: {', '.join(known)}")
        with fresh_database() as database:
            result = program(known[name], DB=database)
        total.passed += result.passed
        total.failed += result.failed
    return total


# name: (what runs it, what script/bootstrap installs for it, whether a full run has it)
PARTS = {
    "lint": (lint, ["node", "tools"], True),
    "unit": (unit, ["chromium"], True),
    "accuracy": (accuracy, [], LABELLED.exists() and ACCURACY.exists()),
    "engine": (engine, ["tools"], True),
    "live": (live, ["node", "tools", "peers"], True),
    "e2e": (e2e, ["chromium", "node", "tools", "peers"], True),
    "soak": (soak, ["node", "tools", "peers"], True),
    "bench": (bench, [], False),
}
IN_A_FULL_RUN = {"soak": ["3000"]}  # a few minutes are enough there
BESIDE = ("lint", "accuracy", "engine")  # without database and browser: a core is free


def wanted(words):
    """[(part, arguments)]: what follows a part's name and is no part belongs to it."""
    if not words:
        always = [name for name, part in PARTS.items() if part[2]]
        return [(name, IN_A_FULL_RUN.get(name, [])) for name in always]
    parts = []
    for word in words:
        if word in PARTS:
            parts.append((word, []))
        elif parts:
            parts[-1][1].append(word)
        else:
            lines = [f"  {name:10}{part[0].__doc__}" for name, part in PARTS.items()]
            sys.exit("\n".join([f"error: no part {word}; the parts are", *lines]))
    return parts


def run(name, arguments):
    say(f"{name} {' '.join(arguments)}")
    start = time.monotonic()
    try:
        result = PARTS[name][0](*arguments)
    except RuntimeError as error:
        result = Result(trouble=str(error))
    say(f"{name}: {result} ({time.monotonic() - start:.0f} s)")
    return result


def run_all(parts):
    """Result per part. Some go on beside the others, one after another."""
    aside = [part for part in parts if part[0] in BESIDE]
    with ThreadPoolExecutor(max_workers=1) as lane:
        begun = {name: lane.submit(run, name, words) for name, words in aside}
        results = {name: run(name, words) for name, words in parts if name not in begun}
        return results | {name: waiting.result() for name, waiting in begun.items()}


def bootstrap(needs):
    """Whether all is there. What it downloads is of the real day: see travel()."""
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    command = [ROOT / "script" / "bootstrap", *needs]
    return subprocess.run(command, env=environment).returncode == 0


def main(words):
    parts = wanted(words)
    needs = {need: None for name, _arguments in parts for need in PARTS[name][1]}
    if needs and not bootstrap(needs):
        return 1
    results = run_all(parts)
    total = Result(
        *(
            sum(getattr(result, kind) for result in results.values())
            for kind in ("passed", "failed", "skipped")
        )
    )
    troubles = [f"{name}: {r.trouble}" for name, r in results.items() if r.trouble]
    if not (troubles or total.passed + total.failed):
        troubles.append("no test ran")
    for trouble in troubles:
        print(f"error: {trouble}")
    # counted, so that the last line never looks like a success when there was none
    total.failed = total.failed or len(troubles)
    print(total)
    return int(total.failed > 0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_received: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
