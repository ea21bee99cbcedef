"""Jobs with known answers."""

import unittest

from worker.job import JobError, work


class Jobs(unittest.TestCase):
    """What a job answers."""

    def test_figures(self):
        for figure, answer in (("mean", "a: 2"), ("median", "a: 1"), ("p95", "a: 4.6")):
            job = f"{{name: a, figure: {figure}, values: [1, 0, 5, 1, 3]}}"
            self.assertEqual(work(job), answer)

    def test_no_jobs(self):
        for job in ("[]", "{figure: sum, values: [1]}", "{figure: mean, values: []}"):
            with self.assertRaises(JobError):
                work(job)


if __name__ == "__main__":
    unittest.main()
