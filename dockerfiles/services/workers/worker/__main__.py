"""python -m worker: works off jobs until it is told to end."""

import os
import signal
import socket
import sys
import time

import psycopg

from worker.job import work
from worker.queue import Queue

ADDRESS = os.environ.get("DATABASE_URL", "postgresql://jobs@db/jobs")
# How long it tries to reach its database, in seconds.
PATIENCE = float(os.environ.get("DATABASE_PATIENCE", "30"))


class End(Exception):
    """A signal that asks to end."""


def end(_number, _frame):
    """Raised wherever the worker is: a job that is cut off goes back to the table."""
    raise End


def connect():
    """The queue, as soon as the database answers."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return Queue(ADDRESS, "figure", socket.gethostname())
        except psycopg.OperationalError as error:
            if time.monotonic() > until:
                sys.exit(f"no database: {error}")
            time.sleep(0.5)


def main():
    """Works and waits by turns."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    print("looking for the database", flush=True)
    queue = connect()
    print("waiting for jobs", flush=True)
    try:
        while True:
            if not queue.work_one(work):
                queue.wait(1)
    finally:
        queue.close()


if __name__ == "__main__":
    try:
        main()
    except End:
        print("ended", flush=True)
