"""One job: a mapping such as `{"figure": "p95", "values": [1, 2]}`."""

import numpy

FIGURES = {
    "mean": numpy.mean,
    "median": numpy.median,
    "p95": lambda values: numpy.percentile(values, 95),
}


class JobError(ValueError):
    """What is wrong with a job."""


def work(job):
    """The answer to a job."""
    if not isinstance(job, dict):
        raise JobError("a job is a mapping with figure and values")
    figure = FIGURES.get(job.get("figure"))
    if figure is None:
        raise JobError(f"no such figure: {job.get('figure')}")
    values = job.get("values")
    if not isinstance(values, list) or not values:
        raise JobError("no values")
    if not all(isinstance(value, (int, float)) for value in values):
        raise JobError("a value is no number")
    return {"figure": job["figure"], "value": float(figure(values))}
