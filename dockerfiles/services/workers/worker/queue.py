"""Jobs in a table: each is taken by one worker, whoever else takes some meanwhile."""

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from worker.job import JobError

# A row that another worker holds is passed over, not waited for.
TAKE = """
    select id, input from jobs
    where kind = %s and state = 'waiting'
    order by id limit 1
    for update skip locked
"""
FINISH = """
    update jobs set state = %s, answer = %s, worker = %s, finished_at = now()
    where id = %s
"""


class Queue:
    """The jobs of one kind, by one connection."""

    def __init__(self, address, kind, name):
        self.kind = kind
        self.name = name
        self.connection = psycopg.connect(
            address, application_name=name, autocommit=True, row_factory=dict_row
        )
        self.connection.execute("listen jobs")

    def work_one(self, work):
        """Works off one job, if there is one. A worker that dies in it loses nothing:
        the row is free again as soon as its connection ends."""
        with self.connection.transaction():
            job = self.connection.execute(TAKE, [self.kind]).fetchone()
            if job is None:
                return False
            try:
                state, answer = "done", work(job["input"])
            except JobError as error:
                state, answer = "failed", {"error": str(error)}
            self.connection.execute(FINISH, [state, Jsonb(answer), self.name, job["id"]])
        print(f"job {job['id']}: {state}", flush=True)
        return True

    def wait(self, seconds):
        """Until a job is told of, at most so long."""
        for _ in self.connection.notifies(timeout=seconds, stop_after=1):
            pass

    def close(self):
        """Ends the connection."""
        self.connection.close()
