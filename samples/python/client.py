"""Submits jobs to the methods of this folder, and reads their results."""
from datetime import datetime, timezone

from headrace import Client, JobNotSucceeded

# The server is HEADRACE_SERVER if set, otherwise the running server of the same user on this machine.
with Client() as headrace:
    # Submit a job, wait for it, and get its result.
    print("score", headrace.run("score", {"income": 3000, "debt": 500}))

    # Submit many jobs in one request, and get their results in order.
    options = [{"spot": 100, "strike": strike, "volatility": 0.2, "years": 1} for strike in range(80, 121, 10)]
    print("prices", list(headrace.map("call-price", options)))

    # Or in the order in which they end.
    jobs = [headrace.submit("train", {"epochs": epochs}) for epochs in (3, 2, 1)]
    print("epochs", sorted(len(job.result()) for job in headrace.as_completed(jobs, timeout=60)))

    # A submission with the same idempotency key is the same job, also from another program.
    order = {"params": {"income": 1}, "key": "order-1001", "scheduled_at": datetime(2040, 1, 1, tzinfo=timezone.utc)}
    first, again = headrace.submit("score", **order), headrace.submit("score", **order)
    print("same job", first.id == again.id, "cancelled", headrace.cancel(first))

    try:
        headrace.run("train", {"epochs": 1, "rate": 2})
    except JobNotSucceeded as failure:
        print(failure.reason, failure.error["message"])
