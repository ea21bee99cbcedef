"""One job: a YAML document such as `{name: a, figure: p95, values: [1, 2]}`."""

import numpy
import yaml

FIGURES = {
    "mean": numpy.mean,
    "median": numpy.median,
    "p95": lambda values: numpy.percentile(values, 95),
}


class JobError(ValueError):
    """What is wrong with a job."""


def work(document):
    """The answer to a job, as a line of text."""
    job = yaml.safe_load(document)
    if not isinstance(job, dict):
        raise JobError("a job is a mapping with name, figure and values")
    figure = FIGURES.get(job.get("figure"))
    if figure is None:
        raise JobError(f"{job.get('name')}: no such figure: {job.get('figure')}")
    values = job.get("values") or []
    if not values:
        raise JobError(f"{job.get('name')}: no values")
    return f"{job.get('name')}: {figure(values):g}"
