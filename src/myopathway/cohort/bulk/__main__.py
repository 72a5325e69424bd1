"""One worker process: it does what its master sends, until there is no master."""

from __future__ import annotations

import gc
import os
import signal
import sys

from myopathway.cohort.bulk.crew import Refusal, begun, done, put, take
from myopathway.cohort.bulk.work import Work
from myopathway.errors import InputError


def main() -> None:
    """Work until the master closes the pipe."""
    # The master is told of a stop from the keyboard, and ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What is written by mistake must not stand among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    orders = sys.stdin.buffer
    # Nothing here refers to itself in a circle: looking for it would cost a fifth of the time.
    gc.disable()
    try:
        task = take(orders)
        work = None
        while True:
            name, given = take(orders)
            try:
                work = work or begun(lambda: Work(task))
                answer = done(work, name, given)
            except InputError as error:
                answer = Refusal(error.faults)
            if name == "read":
                # An error that was caught may refer to itself; a range is a good time to look.
                gc.collect()
            put(answers, answer)
    except (EOFError, BrokenPipeError):
        pass


if __name__ == "__main__":
    main()
