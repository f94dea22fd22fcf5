"""The methods of the steering sample: headrace methods install samples/steering/ackley.py"""
import math
import random
import time
from typing import Iterator

from headrace import Rejected, method


def ackley_function(x):
    """The Ackley function: many local minima, and the minimum 0 at the origin."""
    if not x:
        raise Rejected("x is empty; it must have at least one coordinate.")
    squares = sum(value * value for value in x) / len(x)
    waves = sum(math.cos(2 * math.pi * value) for value in x) / len(x)
    # Rounding errors can make the minimum slightly negative.
    return max(0.0, 20 + math.e - 20 * math.exp(-0.2 * math.sqrt(squares)) - math.exp(waves))


def neighbours(x, step, count, seed):
    """Points around another one, with normal distances."""
    draw = random.Random(seed)
    return [[value + draw.gauss(0, step) for value in x] for _ in range(count)]


@method(name="ackley", version=1)
def ackley(x: list[float], seconds: float = 0.0) -> float:
    """Evaluates the Ackley function, which takes some time, as a simulation does."""
    time.sleep(seconds)
    return ackley_function(x)


@method(name="ackley-propose", version=1)
def propose(points: list[list[float]], values: list[float], count: int, step: float, seed: int) -> list[list[float]]:
    """Proposes points around the best ones of those that are known."""
    if len(points) != len(values) or not points:
        raise Rejected(f"There are {len(points)} points and {len(values)} values; both must have the same number.")
    best = [point for _, point in sorted(zip(values, points))[:3]]
    return [neighbours(best[i % len(best)], step, 1, seed + i)[0] for i in range(count)]


@method(name="ackley-descend", version=1)
def descend(x: list[float], steps: int, seed: int) -> Iterator[dict]:
    """Improves a point step by step, and returns each improvement at once."""
    best, step = ackley_function(x), 1.0
    for i in range(steps):
        for candidate in neighbours(x, step, 50, seed + i):
            value = ackley_function(candidate)
            if value < best:
                x, best = candidate, value
        step *= 0.7
        yield {"x": x, "value": best}
