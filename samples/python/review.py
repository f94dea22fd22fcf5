"""A method that submits jobs: headrace methods install samples/python/review.py"""
from typing import List

from headrace import Job, method


@method(name="review")
def review(job: Job, incomes: List[float]) -> List[int]:
    """Scores each customer in a job of its own, and returns the ids of these jobs."""
    return job.submit_many("score", [{"income": income} for income in incomes], tags=["review"])
