"""python -m worker FILE...: answers the jobs of these files."""

import sys
from pathlib import Path

from worker.job import JobError, work


def main(paths):
    """Answers all, and tells of those that cannot be answered."""
    code = 0
    for path in paths:
        for document in Path(path).read_text(encoding="utf-8").split("---\n"):
            try:
                print(work(document))
            except JobError as error:
                print(error, file=sys.stderr)
                code = 1
    return code


sys.exit(main(sys.argv[1:]))
