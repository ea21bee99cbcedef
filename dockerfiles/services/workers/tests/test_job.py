"""Jobs with known answers."""

import unittest

from worker.job import JobError, work


class Jobs(unittest.TestCase):
    """What a job answers."""

    def test_figures(self):
        for figure, value in (("mean", 2), ("median", 1), ("p95", 4.6)):
            answer = work({"figure": figure, "values": [1, 0, 5, 1, 3]})
            self.assertEqual(answer["figure"], figure)
            self.assertAlmostEqual(answer["value"], value)

    def test_no_jobs(self):
        for job in (
            [],
            {"figure": "sum", "values": [1]},
            {"figure": "mean", "values": []},
            {"figure": "mean", "values": ["much"]},
        ):
            with self.assertRaises(JobError):
                work(job)


if __name__ == "__main__":
    unittest.main()
