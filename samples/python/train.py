"""A generator: each value that it yields is in the log of the job at once, and the list of all is the result."""
from typing import Iterator

from headrace import Cancelled, Job, Rejected, method


@method(name="train", time_limit="10m", stop_grace="5s")
def train(job: Job, epochs: int, rate: float = 0.5) -> Iterator[dict]:
    """Finds the square root of 2 by gradient descent."""
    if not 0 < rate < 1:
        raise Rejected(f"rate is {rate}; it must be between 0 and 1.")
    x = 1.0
    try:
        for epoch in range(1, epochs + 1):
            x -= rate * (x * x - 2) / (2 * x)
            job.progress(epoch / epochs, f"x is {x:.6f}")
            yield {"epoch": epoch, "x": round(x, 6)}
    except Cancelled:
        print("stopped at", x)
        raise
