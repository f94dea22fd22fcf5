#!/usr/bin/env python3
"""Runs mixed jobs through the hash lanes, kills busy workers again and again, and checks every digest with hashlib.

Bodies of 0 to 64 KB and 1 to 20,000 iterations, both log-uniform, in JSONL batches of 100. The kills stop when half of
the jobs have ended, but not before three rounds of kills. The jobs in the lanes of a killed worker run again. Needs
only the standard library.

usage: hashes_while_workers_die.py HEADRACE [--jobs 10000] [--iterations 20000] [--kill-every 1] [--seed N]
"""
import argparse
import base64
import concurrent.futures
import hashlib
import json
import math
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

BATCH = 100


def work(seed, number, most_iterations):
    """Returns the body and the iterations of a job, the same in every process with this seed."""
    chance = random.Random(f"{seed} {number}")
    body = chance.randbytes(int(math.exp(chance.random() * math.log(65_537))) - 1)
    return body, int(math.exp(chance.random() * math.log(most_iterations)))


def digest(seed, number, most_iterations):
    body, iterations = work(seed, number, most_iterations)
    value = hashlib.sha512(body).digest()
    for _ in range(iterations - 1):
        value = hashlib.sha512(value).digest()
    return value.hex()


class Server:
    def __init__(self, headrace, home):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.home, self.url = home, f"http://127.0.0.1:{port}"
        environment = {**os.environ, "HOME": home, "XDG_STATE_HOME": f"{home}/state", "XDG_DATA_HOME": f"{home}/data"}
        self.log = f"{home}/server.log"
        with open(self.log, "ab") as log:
            command = [headrace, "up", "--data", f"{home}/data", "--port", str(port)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
        deadline = time.monotonic() + 60
        while True:
            try:
                if json.load(urllib.request.urlopen(f"{self.url}/readyz", timeout=5))["ready"]:
                    break
            except (OSError, urllib.error.URLError, ValueError):
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit(f"The server is not ready; its log is {self.log}")
            time.sleep(0.05)
        self.key = pathlib.Path(f"{home}/data/admin.key").read_text().strip()

    def call(self, path, body=None, kind="application/jsonl"):
        headers = {"Authorization": f"Bearer {self.key}"} | ({"Content-Type": kind} if body is not None else {})
        request = urllib.request.Request(self.url + path, data=body, headers=headers)
        return urllib.request.urlopen(request, timeout=60).read()

    def readiness(self):
        """Returns the body of /readyz, whose status is 503 while no worker is there because all were killed."""
        try:
            return self.call("/readyz")
        except urllib.error.HTTPError as unready:
            if unready.code != 503:
                raise
            return unready.read()

    def busy_workers(self):
        """Returns the process ids of the workers that hold leases.

        Killing a worker that is only starting interrupts no job, and delays its next start more each time.
        """
        busy = {worker["name"] for worker in json.loads(self.call("/v1/workers")) if worker["leases"]}
        slots = json.loads(self.readiness())["workers"]["slots"]
        return [slot["processId"] for slot in slots if slot.get("worker") in busy and slot.get("processId")]

    def unfinished(self):
        return sum(queue["jobs"] for queue in json.loads(self.call("/v1/queues")))

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)


def submit(server, seed, numbers, most_iterations):
    lines = []
    for number in numbers:
        body, iterations = work(seed, number, most_iterations)
        encoded = base64.b64encode(body).decode()
        lines.append(json.dumps({"method": "sha512", "params": {"iterations": iterations}, "bodyBase64": encoded}))
    answer = server.call("/v1/jobs:batch", "\n".join(lines).encode())
    replies = [json.loads(line) for line in answer.split(b"\n") if line]
    refused = [reply for reply in replies if "id" not in reply]
    if refused or len(replies) != len(lines):
        sys.exit(f"The server rejected a job: {refused[:1]}")
    return dict(zip(numbers, (reply["id"] for reply in replies)))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("headrace")
    options.add_argument("--jobs", type=int, default=10_000)
    options.add_argument("--iterations", type=int, default=20_000)
    options.add_argument("--kill-every", type=float, default=1)
    options.add_argument("--limit", type=float, default=300, help="seconds for the whole run")
    options.add_argument("--seed", type=int, default=random.randrange(1 << 31))
    given = options.parse_args()
    home = tempfile.mkdtemp(prefix="headrace-lanes-")
    server = Server(os.path.abspath(given.headrace), home)
    print(f"seed {given.seed}; all files are in {home}", flush=True)
    submitted, rounds, killed = threading.Event(), 0, 0
    ids = {}

    def send():
        for first in range(0, given.jobs, BATCH):
            ids.update(submit(server, given.seed, range(first, min(first + BATCH, given.jobs)), given.iterations))
        submitted.set()

    try:
        sender = threading.Thread(target=send)
        sender.start()
        deadline = time.monotonic() + given.limit
        # SIGKILL: the workers cannot report or return the jobs in their lanes.
        while not submitted.is_set() or server.unfinished() > 0:
            if time.monotonic() > deadline or (not sender.is_alive() and not submitted.is_set()):
                sys.exit("Not every job was submitted and completed within the limit.")
            if not submitted.is_set() or server.unfinished() > given.jobs // 2 or rounds < 3:
                busy = server.busy_workers()
                if not busy:
                    # The workers are starting, or no job has arrived yet.
                    time.sleep(0.02)
                    continue
                # A worker that is killed as soon as it is busy completes nothing, however often it starts.
                time.sleep(given.kill_every)
                busy = server.busy_workers()
                rounds += bool(busy)
                for worker in busy:
                    try:
                        os.kill(worker, signal.SIGKILL)
                        killed += 1
                    except ProcessLookupError:
                        pass
            else:
                time.sleep(0.2)
        sender.join()
        with concurrent.futures.ProcessPoolExecutor() as pool:
            seeds, limits = [given.seed] * given.jobs, [given.iterations] * given.jobs
            expected = list(pool.map(digest, seeds, range(given.jobs), limits, chunksize=50))
        wrong, again = [], 0
        for number in range(given.jobs):
            if server.call(f"/v1/jobs/{ids[number]}/result").decode() != expected[number]:
                wrong.append(ids[number])
        sample = [json.loads(server.call(f"/v1/jobs/{ids[number]}")) for number in range(0, given.jobs, 10)]
        again = sum(job["attempt"] > 1 for job in sample)
    finally:
        server.stop()
    print(
        f"{given.jobs} jobs, {rounds} rounds of kills, {killed} workers killed, "
        f"{again} of {len(sample)} sampled jobs ran more than once, {len(wrong)} wrong digests {wrong[:5]}"
    )
    if wrong or killed == 0:
        sys.exit(1)
    shutil.rmtree(home)


main()
