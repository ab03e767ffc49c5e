"""Runs the project's tests, part by part. usage: script/test [PART [ARGUMENT…]]…

A further part is a function that returns a Result, and one entry in PARTS.

One job alone (a part with arguments, say) runs in this process. Several run side by
side, each a ``run.py`` of its own: what one says is printed when it ends.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
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
    template,
)
from lanes import LANES, side_by_side

TOOLS = LOCAL / "venv-test" / "bin"
ACCURACY = ROOT / "tests" / "accuracy" / "run.py"
SLOWEST = 10  # tests that are named in the end
LABELLED = ROOT.parent / "shared" / "data"  # beside the clone, where there is any


@dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    trouble: str = ""  # why the run is no success though no test failed
    slowest: list = field(default_factory=list)  # [(seconds, test)]

    @classmethod
    def of(cls, total, failed, skipped):
        trouble = "a skipped test shows nothing: see above why it was"
        return cls(
            total - failed - skipped, failed, skipped, trouble if skipped else ""
        )

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    def __add__(self, other):
        return Result(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.trouble or other.trouble,
            self.slowest + other.slowest,
        )


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


def unit(*names):
    """Odoo's own tests of the add-ons, in a browser too. ARGUMENT: class or add-on."""
    total = Result()
    for addons in (ADDONS, APP_ADDONS, JOB_ADDON):
        tags = test_tags(addons.split(","), names)
        if tags:
            total += test_addons(addons, tags)
    return total


def test_tags(addons, names):
    """What Odoo is told to run of add-ons that are tested in one database."""
    if not names:
        return [f"/{addon}" for addon in addons]
    whole = [f"/{addon}" for addon in addons if addon in names]
    classes = [name for name in names if is_defined(name, addons)]
    return whole + [f"/{addon}:{name}" for addon in addons for name in classes]


def is_defined(name, addons):
    """Whether a class of tests stands in one of the add-ons."""
    folders = [ROOT / "addons" / addon / "tests" for addon in addons]
    files = [path for folder in folders for path in folder.glob("*.py")]
    return any(re.search(rf"^class {name}\b", f.read_text(), re.M) for f in files)


def test_addons(addons, tags):
    log = f"unit{re.sub('[/:]', '-', tags[0])}.log"
    with fresh_database("dependencies") as name:
        say(f"Installing {addons}, testing {' '.join(tags)} (log: .local/log/{log})")
        code = odoo(
            *("-d", name, "-i", addons, "--with-demo", "--stop-after-init"),
            *("--test-tags", ",".join(tags), "--max-cron-threads=0"),
            *("--log-handler=odoo.tests.stats:DEBUG", f"--http-port={free_port()}"),
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
    took = re.findall(r"^\t\w+\.(\w+\.\w+): ([\d.]+)s \d+ queries$", log, re.M)
    # more than an hour is a clock that the test set
    result.slowest = [(float(s), name) for name, s in took if float(s) < 3600]
    if not total:
        print("".join(records[-20:]))
        result.trouble = "Odoo ran no test; its log is in .local/log"
    elif not result.failed and (complaints or code):
        result.trouble = "Odoo logged warnings or errors: see above"
    return result


def engine(*names):
    """Routing's engine without Odoo: properties, and a simulation. ARGUMENT: a file."""
    return pytest("engine", names, "--capture=no")


def words(*names):
    """What the entries of the analysis's word files catch. ARGUMENT: a file."""
    return pytest("words", names)


def e2e(*names):
    """The whole way in a browser, on real servers. ARGUMENT: a file."""
    beside = () if names else ("-n", str(LANES), "--dist", "loadfile")
    return pytest("e2e", names, *beside)


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
    cases = suite.iter("testcase")
    result.slowest = [(float(case.get("time")), case.get("name")) for case in cases]
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


def pins():
    """The networks with the libraries that Odoo itself pins."""
    return program(
        ROOT / "tests" / "pins" / "run.py",
        python=LOCAL / "venv-pins" / "bin" / "python",
    )


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
            total += program(known[name], DB=database)
    return total


def templates():
    """The databases that the other parts copy are made, which they all wait for."""
    template("addons")
    return Result()


def peers():
    """The servers that live, e2e and soak run are installed, while others are at it."""
    return Result(trouble="" if bootstrap(["peers"]) else "script/bootstrap failed")


@dataclass
class Part:
    run: Callable
    needs: list  # what script/bootstrap installs for it
    jobs: list = field(default_factory=lambda: [[]])  # arguments of each in a full run
    alone: bool = False  # it takes the whole machine, or measures time


# In the order in which a full run begins them: what others wait for first, then the
# longest, and in the end what fills the lane that is free sooner.
PARTS = {
    "templates": Part(templates, []),
    "peers": Part(peers, ["node", "tools"]),
    "lint": Part(lint, ["node", "tools"]),
    "engine": Part(engine, ["tools"]),
    "words": Part(words, ["tools"]),
    "accuracy": Part(
        accuracy, [], [[]] if LABELLED.exists() and ACCURACY.exists() else []
    ),
    "pins": Part(pins, ["pins"]),
    "unit": Part(
        unit,
        ["chromium"],
        [
            ["social_engagement"],
            ["social_routing"],
            APP_ADDONS.split(","),
            [JOB_ADDON],
        ],
    ),
    "live": Part(live, ["node", "tools", "peers"]),
    "e2e": Part(e2e, ["chromium", "node", "tools", "peers"], alone=True),
    "soak": Part(soak, ["node", "tools", "peers"], [["3000"]], alone=True),
    "bench": Part(bench, [], [], alone=True),
}


def wanted(words):
    """[(part, arguments)]: what follows a part's name and is no part belongs to it."""
    if not words:
        return [(name, job) for name, part in PARTS.items() for job in part.jobs]
    parts = []
    for word in words:
        if word in PARTS:
            parts.append((word, []))
        elif parts:
            parts[-1][1].append(word)
        else:
            lines = [f"  {name:10}{part.run.__doc__}" for name, part in PARTS.items()]
            sys.exit("\n".join([f"error: no part {word}; the parts are", *lines]))
    return [(name, job) for name, given in parts for job in jobs_of(name, given)]


def jobs_of(name, arguments):
    jobs = PARTS[name].jobs
    return jobs if len(jobs) > 1 and not arguments else [arguments]


def run(name, arguments):
    say(f"{name} {' '.join(arguments)}")
    start = time.monotonic()
    try:
        result = PARTS[name].run(*arguments)
    except RuntimeError as error:
        result = Result(trouble=str(error))
    if result.trouble:
        result.trouble = f"{name}: {result.trouble}"
    say(f"{name}: {result} ({time.monotonic() - start:.0f} s)")
    return result


def results(jobs):
    """Each job's, as it ends: first side by side, then those that want to be alone."""
    beside = [job for job in jobs if not PARTS[job[0]].alone]
    beside = beside if len(beside) > 1 else []
    for (name, _arguments), result in side_by_side(run, beside):
        yield result or Result(trouble=f"{name} died")
    for job in jobs:
        if job not in beside:
            yield run(*job)


def bootstrap(needs):
    """Whether all is there. What it downloads is of the real day: see travel()."""
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    command = [ROOT / "script" / "bootstrap", *needs]
    return subprocess.run(command, env=environment).returncode == 0


def main(words):
    jobs = wanted(words)
    parts = dict.fromkeys(name for name, _arguments in jobs)
    needs = dict.fromkeys(need for name in parts for need in PARTS[name].needs)
    if "peers" in parts:
        needs.pop("peers", None)
    if needs and not bootstrap(needs):
        return 1
    ended = list(results(jobs))
    total = sum(ended, Result())
    troubles = [result.trouble for result in ended if result.trouble]
    if not (troubles or total.passed + total.failed):
        troubles.append("no test ran")
    for seconds, test in sorted(total.slowest, reverse=True)[:SLOWEST]:
        print(f"{seconds:8.1f} s  {test}")
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
