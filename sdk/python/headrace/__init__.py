"""Headrace for Python: offer functions as methods, and submit jobs.

    from headrace import method

    @method(name="score", version=1)
    def score(x: float, y: float = 0.0) -> float:
        return x * x + y * y

`headrace methods install score.py` makes the function a method of the workers on this machine, and `Client` submits
jobs. docs/python.md explains both. The package needs Python 3.9 and no other package.
"""
from ._errors import (Cancelled, Failed, HeadraceError, JobNotSucceeded, Problem, Rejected, ServerUnreachable,
                      SubmissionRejected)
from ._job import Job
from ._methods import method
from ._schema import Schema

__all__ = ["Cancelled", "Client", "Delivery", "Failed", "Feed", "Handle", "HeadraceError", "Job", "JobNotSucceeded",
           "Problem", "Rejected", "ResourceCounter", "Result", "Schema", "ServerUnreachable", "Steering",
           "SubmissionRejected", "method"]


def __getattr__(name):
    # A process that runs methods starts faster without the HTTP client.
    if name in ("Client", "Handle"):
        from . import _client
        return getattr(_client, name)
    if name in ("Delivery", "Feed"):
        from . import _feeds
        return getattr(_feeds, name)
    if name in ("ResourceCounter", "Result", "Steering"):
        from . import _steering
        return getattr(_steering, name)
    raise AttributeError(f"module 'headrace' has no attribute '{name}'")
