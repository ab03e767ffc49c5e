"""Jobs side by side, each in a process of its own; what one says is kept together."""

import multiprocessing
import os
import sys
import tempfile
from collections import deque
from multiprocessing.connection import wait

LANES = min(2, os.cpu_count() or 1)  # one Odoo with its PostgreSQL fills a core

_fork = multiprocessing.get_context("fork")


class Job:
    """``work(*arguments)`` in a process of its own, begun at once."""

    def __init__(self, work, arguments):
        self.output = tempfile.TemporaryFile("w+")
        self.answer, answer = _fork.Pipe(duplex=False)
        self.process = _fork.Process(target=self._run, args=(work, arguments, answer))
        sys.stdout.flush()  # else the process would print it again
        self.process.start()
        answer.close()

    def _run(self, work, arguments, answer):
        for stream in (1, 2):  # of the programs it starts as well
            os.dup2(self.output.fileno(), stream)
        answer.send(work(*arguments))

    def result(self):
        """What the work returned, None if it died; prints what it said."""
        try:
            result = self.answer.recv()
        except EOFError:
            result = None
        self.process.join()
        self.output.seek(0)
        print(self.output.read(), end="", flush=True)
        return result

    def stop(self):
        """As a signal of the system would: it ends its programs first."""
        self.process.terminate()
        self.result()


def side_by_side(work, jobs, lanes=LANES):
    """Yield (arguments, result) as jobs end; they begin in their order.

    :param work: what each job's arguments are given to; its result can be pickled
    """
    waiting, running = deque(jobs), {}
    try:
        while waiting or running:
            while waiting and len(running) < lanes:
                arguments = waiting.popleft()
                job = Job(work, arguments)
                running[job.answer] = arguments, job
            for ended in wait(running):
                arguments, job = running.pop(ended)
                yield arguments, job.result()
    finally:
        for _arguments, job in running.values():
            job.stop()
