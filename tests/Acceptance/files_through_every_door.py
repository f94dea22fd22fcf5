#!/usr/bin/env python3
"""Submits real files through every interface while workers and the server are killed, and checks every result.

Ten `headrace submit sha512 --each` calls with different iteration counts, one jobs:batch request, and `curl -T` to the
/enqueue of seed system 001. Meanwhile a worker that holds leases is repeatedly killed with SIGKILL, and the server
once, with running jobs. Each acknowledged job id is written to disk before the script continues. At the end Python's
hashlib, which shares no code with the server, computes every expected digest. Needs only the standard library.

usage: files_through_every_door.py HEADRACE [--files 1000] [--scale 1.0] [--kills 20] [--kill-every 2]
"""
import argparse
import base64
import concurrent.futures
import hashlib
import json
import os
import pathlib
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

COUNTS = [1, 7, 100, 1_000, 10_000, 50_000, 100_000, 200_000, 300_000, 500_000]


def real_files(wanted):
    """Files of 16 to 256 KB from the SDK's own folder."""
    root = pathlib.Path(shutil.which("dotnet")).resolve().parent
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and 16 * 1024 <= path.stat().st_size <= 256 * 1024:
            found.append(str(path))
            if len(found) == wanted:
                return found
    sys.exit(f"Only {len(found)} files of 16 to 256 KB below {root}; {wanted} are needed.")


def digest(job):
    """Computes the expected result: hashes the body, then the 64-byte digest, `iterations` times in total."""
    path, iterations = job
    value = hashlib.sha512(pathlib.Path(path).read_bytes()).digest()
    for _ in range(iterations - 1):
        value = hashlib.sha512(value).digest()
    return value.hex()


class Server:
    def __init__(self, headrace, home):
        self.headrace, self.home = headrace, home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "HOME": home,
            "XDG_STATE_HOME": f"{home}/state",
            "XDG_DATA_HOME": f"{home}/data",
            "HEADRACE_SERVER": self.url,
        }
        self.process = None

    def start(self):
        log = open(f"{self.home}/server.log", "ab")
        command = [self.headrace, "up", "--data", f"{self.home}/data", "--port", str(self.port), "--demo", "seed001"]
        self.process = subprocess.Popen(
            command, stdout=log, stderr=log, env=self.environment, start_new_session=True
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                if json.load(urllib.request.urlopen(f"{self.url}/readyz", timeout=5))["ready"]:
                    break
            except (OSError, urllib.error.URLError, ValueError):
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit(f"The server is not ready; its log is {self.home}/server.log")
            time.sleep(0.05)
        self.key = pathlib.Path(f"{self.home}/data/admin.key").read_text().strip()
        self.environment["HEADRACE_KEY"] = self.key

    def get(self, path, timeout=40):
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {self.key}"})
        return urllib.request.urlopen(request, timeout=timeout).read()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)


class Ledger:
    """The acknowledged jobs. Each is on disk before the script continues."""

    def __init__(self, path):
        self.file, self.lock, self.jobs = open(path, "w"), threading.Lock(), {}

    def note(self, identity, path, iterations):
        with self.lock:
            if identity in self.jobs:
                sys.exit(f"Two jobs have the id {identity}: {self.jobs[identity][0]} and {path}.")
            self.file.write(f"{identity}\t{iterations}\t{path}\n")
            self.file.flush()
            os.fsync(self.file.fileno())
            self.jobs[identity] = (path, iterations)


def submit_each(server, ledger, iterations, files):
    process = subprocess.Popen(
        [server.headrace, "submit", "sha512", f"iterations={iterations}", "--each", *files, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=server.environment,
    )
    errors = []
    drain = threading.Thread(target=lambda: errors.extend(process.stderr))
    drain.start()
    for line in process.stdout:
        told = json.loads(line)
        ledger.note(told["id"], told["file"], iterations)
    drain.join()
    if process.wait() != 0:
        sys.exit(
            f"submit --each with iterations={iterations} exited with {process.returncode}: {''.join(errors)[-2000:]}"
        )


def submit_batch(server, ledger, iterations, files):
    lines = []
    for path in files:
        body = base64.b64encode(pathlib.Path(path).read_bytes()).decode()
        lines.append(json.dumps({"method": "sha512", "params": {"iterations": iterations}, "bodyBase64": body}))
    request = urllib.request.Request(
        f"{server.url}/v1/jobs:batch",
        data="\n".join(lines).encode(),
        headers={"Authorization": f"Bearer {server.key}", "Content-Type": "application/jsonl"},
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        for line in reply:
            told = json.loads(line)
            if "id" not in told:
                sys.exit(f"jobs:batch rejected a line: {told}")
            ledger.note(told["id"], files[told["line"] - 1], iterations)


def enqueue(server, ledger, iterations, files):
    for path in files:
        while True:
            command = ["curl", "-sS", "-T", path, f"{server.url}/enqueue?iterations={iterations}"]
            told = subprocess.run(command, capture_output=True, text=True)
            if told.returncode == 0 and told.stdout.startswith("work id: "):
                ledger.note(told.stdout.split(": ")[1].strip(), path, iterations)
                break
            # Without a reply the job may exist or not. Nothing was promised, so the file is sent again.
            time.sleep(0.2)


class Killer(threading.Thread):
    def __init__(self, server, wanted, every):
        super().__init__(daemon=True)
        self.server, self.wanted, self.every = server, wanted, every
        self.kills, self.server_kills, self.over = 0, 0, threading.Event()

    def run(self):
        while not self.over.wait(self.every):
            try:
                busy = {w["name"] for w in json.loads(self.server.get("/v1/workers", timeout=5)) if w["leases"]}
                slots = json.loads(self.server.get("/readyz", timeout=5))["workers"]["slots"]
                victim = next((s for s in slots if s.get("worker") in busy and s.get("processId")), None)
                if victim:
                    os.kill(victim["processId"], signal.SIGKILL)
                    self.kills += 1
                if victim and self.kills == max(1, self.wanted // 2) and not self.server_kills:
                    self.server.process.kill()
                    self.server.process.wait()
                    self.server_kills += 1
                    self.server.start()
            except (OSError, urllib.error.URLError, ProcessLookupError):
                continue


def result(server, identity):
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        try:
            job = json.loads(server.get(f"/v1/jobs/{identity}?wait=20"))
            if job["state"] in ("succeeded", "failed", "cancelled"):
                if job["state"] != "succeeded":
                    return job["state"], json.dumps(job)
                return job["state"], server.get(f"/v1/jobs/{identity}/result").decode()
        except urllib.error.HTTPError as refused:
            return "refused", refused.read().decode()
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    return "unfinished", ""


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument("headrace")
    parse.add_argument("--files", type=int, default=1000)
    parse.add_argument("--scale", type=float, default=1.0, help="factor for the iteration counts")
    parse.add_argument("--kills", type=int, default=20)
    parse.add_argument("--kill-every", type=float, default=2.0)
    given = parse.parse_args()

    files = real_files(given.files)
    with tempfile.TemporaryDirectory(prefix="headrace-files-") as home:
        server = Server(os.path.abspath(given.headrace), home)
        server.start()
        ledger, killer = Ledger(f"{home}/ledger"), Killer(server, given.kills, given.kill_every)
        started = time.monotonic()
        killer.start()
        tenth = len(files) // 10
        batch, queued, rest = files[:tenth], files[tenth:2 * tenth], files[2 * tenth:]
        doors = [lambda: submit_batch(server, ledger, 1000, batch), lambda: enqueue(server, ledger, 500, queued)]
        for i, count in enumerate(COUNTS):
            iterations, share = max(1, int(count * given.scale)), rest[i::len(COUNTS)]
            doors.append(lambda iterations=iterations, share=share: submit_each(server, ledger, iterations, share))
        with concurrent.futures.ThreadPoolExecutor(len(doors)) as pool:
            for door in [pool.submit(door) for door in doors]:
                door.result()
        entered = time.monotonic() - started
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            ended = dict(zip(ledger.jobs, pool.map(lambda identity: result(server, identity), ledger.jobs)))
        killer.over.set()
        killer.join()
        took = time.monotonic() - started
        server.stop()

        with concurrent.futures.ProcessPoolExecutor() as pool:
            expected = dict(zip(ledger.jobs, pool.map(digest, ledger.jobs.values(), chunksize=4)))
        wrong = {i: ended[i] for i in ledger.jobs if ended[i] != ("succeeded", expected[i])}
        print(
            f"{len(files)} files, {len(ledger.jobs)} jobs acknowledged in {entered:.1f} s, "
            f"all ended after {took:.1f} s; killed {killer.kills} workers that held leases, "
            f"and the server {killer.server_kills} time(s); "
            f"{len(ledger.jobs) - len(wrong)} digests correct, {len(wrong)} wrong or missing"
        )
        for identity, (state, words) in list(wrong.items())[:5]:
            print(f"  {identity}: {state} {words[:300]}")
        enough_kills = killer.kills >= given.kills and killer.server_kills > 0
        return 0 if not wrong and len(ledger.jobs) >= len(files) and enough_kills else 1


if __name__ == "__main__":
    sys.exit(main())
