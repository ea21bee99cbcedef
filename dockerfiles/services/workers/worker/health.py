"""python -m worker.health: whether the database still knows this worker."""

import os
import socket
import sys

import psycopg

ASK = "select count(*) from pg_stat_activity where application_name = %s"


def main():
    """0 if the worker's own connection is there."""
    address = os.environ.get("DATABASE_URL", "postgresql://jobs@db/jobs")
    with psycopg.connect(address, connect_timeout=2) as connection:
        (count,) = connection.execute(ASK, [socket.gethostname()]).fetchone()
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main())
