#!/usr/bin/env python3
"""Minimizes the Ackley function by three programs that decide by each result what to run next.

    optimize.py batch | streaming | interleaved [--seed 1] [--seconds 0]

batch        evaluates a group of points, waits for all of them, and chooses the next group around the best one
streaming    keeps a number of points in evaluation, and replaces each one that ends; a task whose partial results are
             followed then improves the best point, and is cancelled when it is good enough
interleaved  evaluates points while other tasks propose new ones, and moves slots between the two

Install the methods first: headrace methods install samples/steering/ackley.py
"""
import argparse
import collections
import random

from headrace import Client, ResourceCounter, Steering

DIMENSIONS, BOUND = 2, 32.768
GOOD_ENOUGH = 0.01


def random_point(draw):
    return [draw.uniform(-BOUND, BOUND) for _ in range(DIMENSIONS)]


def near(draw, point, step):
    return [max(-BOUND, min(BOUND, value + draw.gauss(0, step))) for value in point]


class Best:
    """The best point so far."""

    def __init__(self):
        self.value, self.point, self.evaluations = float("inf"), None, 0

    def add(self, point, value):
        self.evaluations += 1
        if value < self.value:
            self.value, self.point = value, point


def batch(steering, draw, seconds, rounds=20, size=12):
    best, step = Best(), 10.0
    points = [random_point(draw) for _ in range(size)]
    for _ in range(rounds):
        for point in points:
            steering.send("ackley", {"x": point, "seconds": seconds}, data={"point": point})
        for _ in points:
            result = steering.receive(timeout=60)
            best.add(result.data["point"], result.value)
        step *= 0.8
        points = [near(draw, best.point, step) for _ in range(size)]
    return best


def streaming(steering, draw, seconds, running=4, evaluations=80):
    best, step = Best(), 10.0
    for _ in range(running):
        point = random_point(draw)
        steering.send("ackley", {"x": point, "seconds": seconds}, data={"point": point})
    while best.evaluations < evaluations:
        result = steering.receive(timeout=60)
        best.add(result.data["point"], result.value)
        if best.evaluations + running <= evaluations:
            step *= 0.96
            point = random_point(draw) if best.evaluations < 10 else near(draw, best.point, step)
            steering.send("ackley", {"x": point, "seconds": seconds}, data={"point": point})
    descent = steering.send("ackley-descend", {"x": best.point, "steps": 100, "seed": draw.randrange(10**6)}, "descend")
    parts = 0
    for part in steering.follow(descent):
        if not part.complete:
            parts += 1
            best.add(part.value["x"], part.value["value"])
            if best.value <= GOOD_ENOUGH:
                descent.cancel()
    print("partial results", parts > 0, "after them", part.complete)
    return best


def interleaved(steering, draw, seconds, evaluations=240):
    best, step, known = Best(), 10.0, []
    waiting = collections.deque(random_point(draw) for _ in range(12))
    slots = ResourceCounter(4, ["evaluate", "propose"])
    slots.allocate("evaluate", 4)
    proposing, moves = False, 0
    active = 0
    while best.evaluations < evaluations:
        while waiting and slots.acquire("evaluate", timeout=0):
            point = waiting.popleft()
            steering.send("ackley", {"x": point, "seconds": seconds}, "evaluate", data={"point": point})
            active += 1
        # When few points are left, a slot is moved to the proposals as soon as it is free.
        if len(waiting) < 4 and not proposing and known and slots.reallocate("evaluate", "propose", 1, timeout=0):
            slots.acquire("propose")
            step *= 0.8
            points, values = zip(*sorted(known, key=lambda pair: pair[1])[:20])
            steering.send("ackley-propose", {"points": points, "values": values, "count": 8, "step": step,
                                             "seed": draw.randrange(10**6)}, "propose")
            proposing, moves = True, moves + 1
        if proposing:
            try:
                waiting.extend(steering.receive("propose", timeout=0 if active else 60).value)
                slots.release("propose")
                slots.reallocate("propose", "evaluate")
                proposing = False
                continue
            except TimeoutError:
                pass
        if not active:
            continue
        result = steering.receive("evaluate", timeout=60)
        slots.release("evaluate")
        active -= 1
        best.add(result.data["point"], result.value)
        known.append((result.data["point"], result.value))
    for _ in range(active):
        steering.receive("evaluate", timeout=60)
    if proposing:
        steering.receive("propose", timeout=60)
    print("slots moved", moves > 0)
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    variants = {"batch": batch, "streaming": streaming, "interleaved": interleaved}
    parser.add_argument("variant", choices=variants)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0, help="how long an evaluation takes")
    options = parser.parse_args()
    topics = ["evaluate", "propose", "descend"]
    with Client() as client, Steering(client, f"ackley-{options.variant}", topics) as steering:
        best = variants[options.variant](steering, random.Random(options.seed), options.seconds)
    print(options.variant, "minimum below 1", best.value < 1, "at", [round(value) for value in best.point])


if __name__ == "__main__":
    main()
