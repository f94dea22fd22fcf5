#!/usr/bin/env python3
"""Runs the scenario of seed system 001 on this machine and checks it from outside the server.

The script enqueues work while no worker is running. When the oldest item has waited long enough, the server starts a
worker, then further ones. Two clients, one in Python and one in curl, pull the results at the same time. The server
stops each worker that has been idle for long enough. The checks use only the process list (`ps`) and hashlib. The exit
code is 1 if an event was too early, too late, duplicated or missing. Requires only the standard library.

    story.py [--headrace PROGRAM] [--check 15] [--up-after 15] [--idle-after 600] [--items 200] [--iterations 8000000]
             [--slack 5]

The script keeps --items items waiting until all three workers are running, so that it works at any hashing speed.
"""
import argparse, json, os, pathlib, shutil, signal, subprocess, sys, tempfile, threading, time

import client

HERE = pathlib.Path(__file__).resolve().parent
MAX_WORKERS = 3


class Scenario:
    def __init__(self, options):
        self.options, self.started, self.failures = options, time.monotonic(), []
        self.workers = {}  # process id -> time when it was first seen
        self.events = []  # (seconds, "+" or "-", process id) in order

    def now(self):
        return time.monotonic() - self.started

    def log(self, message):
        print(f"{self.now():8.1f} s  {message}", flush=True)

    def check(self, condition, message):
        if not condition:
            self.failures.append(message)
            self.log(f"FAILURE: {message}")

    def watch_workers(self, server):
        """Polls the process list for the children of the server that are `headrace worker start` processes."""
        while not self.stopped.wait(0.1):
            table = subprocess.run(
                ["ps", "-o", "pid=,stat=,args=", "--ppid", str(server)], capture_output=True, text=True
            ).stdout
            running = {
                int(line.split()[0])
                for line in table.splitlines()
                if " worker start" in line and not line.split()[1].startswith("Z")
            }
            for process in sorted(running - self.workers.keys()):
                self.workers[process] = self.now()
                self.events.append((self.now(), "+", process))
                count = len(self.workers)
                self.log(f"process {process} started; running workers: {count}")
                self.check(count <= MAX_WORKERS, f"{count} workers are running; the maximum is {MAX_WORKERS}")
            for process in sorted(self.workers.keys() - running):
                del self.workers[process]
                self.events.append((self.now(), "-", process))
                self.log(f"process {process} exited; running workers: {len(self.workers)}")

    def run(self):
        options = self.options
        home = tempfile.mkdtemp(prefix="headrace-story-")
        settings = {
            "HEADRACE_SCALING__CHECK": options.check,
            "HEADRACE_SCALING__UP_AFTER": options.up_after,
            "HEADRACE_SCALING__IDLE_AFTER": options.idle_after,
        }
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("HEADRACE_", "XDG_"))}
        environment = inherited | {"HOME": home, "XDG_RUNTIME_DIR": home}
        environment |= {name: f"{value:g}s" for name, value in settings.items()}
        log = open(f"{home}/log", "w")
        server = subprocess.Popen(
            [options.headrace, "up", "--json", "--demo", "seed001", "--data", f"{home}/data", "--port", "0"],
            cwd=home,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        self.stopped = threading.Event()
        watcher = threading.Thread(target=self.watch_workers, args=[server.pid])
        try:
            url = json.loads(server.stdout.readline())["url"]
            server.stdout.readline()
            self.log(
                f"the server is running; it checks every {options.check:g} s, "
                f"starts a worker after {options.up_after:g} s and stops one after {options.idle_after:g} s"
            )
            watcher.start()
            self.run_jobs(url, home)
            self.wait_for_scale_down()
            decisions = subprocess.run(
                [options.headrace, "--server", url, "pools", "why", "--changes"],
                env=environment | {"HEADRACE_KEY": open(f"{home}/data/admin.key").read().strip()},
                capture_output=True,
                text=True,
            )
            self.log("the server's scaling decisions, newest first:\n" + decisions.stdout)
        finally:
            self.stopped.set()
            if watcher.is_alive():
                watcher.join()
            server.send_signal(signal.SIGTERM)
            code = server.wait(60)
            self.check(code == 0, f"the server exited with code {code}")
            if self.failures:
                print(open(f"{home}/log").read())
            shutil.rmtree(home, ignore_errors=True)

    def run_jobs(self, url, home):
        options = self.options
        bodies = [bytes([i]) * (16384 + 1000 * i) for i in range(4)]
        enqueued_at, items, pulled = self.now(), {}, []

        def enqueue():
            i = len(items)
            body = bodies[i % len(bodies)]
            if i % 10 == 9:
                pathlib.Path(home, "item").write_bytes(body)
                command = [HERE / "client.sh", url, "enqueue", f"{home}/item", str(options.iterations)]
                number = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
            else:
                number = client.enqueue(url, body, options.iterations)
            self.check(number not in items, f"the number {number} was assigned twice")
            items[number] = i % len(bodies)

        while len(items) < options.items:
            enqueue()
        self.log(
            f"{len(items)} items of {options.iterations} hashes are enqueued, by Python and by curl; "
            "no worker is running"
        )

        lock, all_enqueued = threading.Lock(), threading.Event()
        self.done = threading.Event()

        def pull(puller):
            while not (all_enqueued.is_set() and len(pulled) >= len(items)) and not self.done.is_set():
                if puller == "python":
                    results = client.pull(url, 10)
                else:
                    command = [HERE / "client.sh", url, "pull", "10"]
                    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                    results = dict(client.LINE.findall(text))
                with lock:
                    pulled.extend(results.items())
                    if results:
                        self.log(f"{puller} pulls {len(results)}: {len(pulled)} of {len(items)}")
                time.sleep(0.2)

        pullers = [threading.Thread(target=pull, args=[name]) for name in ("python", "curl")]
        for puller in pullers:
            puller.start()
        end = time.monotonic() + options.timeout
        while sum(sign == "+" for _, sign, _ in self.events) < MAX_WORKERS and time.monotonic() < end:
            if len(items) - len(pulled) < options.items:
                enqueue()
            else:
                time.sleep(0.05)
        self.log(f"{len(items)} items in total; all are enqueued")
        all_enqueued.set()
        for puller in pullers:
            puller.join(options.timeout)
        self.done.set()
        self.finished = self.now()
        distinct = len(dict(pulled))
        self.check(
            sorted(number for number, _ in pulled) == sorted(items),
            f"{len(pulled)} results were pulled for {len(items)} items, {distinct} of them distinct",
        )
        self.log("every item was pulled once; comparing the digests with hashlib")
        digests = [client.sha512(body, options.iterations) for body in bodies]
        wrong = [number for number, digest in pulled if digest != digests[items[number]]]
        self.check(not wrong, f"these digests differ from hashlib: {wrong}")
        if not wrong:
            self.log("every digest matches hashlib")

        starts = [at for at, sign, _ in self.events if sign == "+"]
        first, period = starts[0] - enqueued_at, options.check + options.slack
        self.check(
            options.up_after <= first <= options.up_after + period,
            f"the first worker started {first:.1f} s after the first item",
        )
        self.check(len(starts) == MAX_WORKERS, f"{len(starts)} workers started, not {MAX_WORKERS}")
        for before, after in zip(starts, starts[1:]):
            self.check(
                options.check - options.slack <= after - before <= period,
                f"a further worker started {after - before:.1f} s after the previous one",
            )
        self.check(
            not any(sign == "-" for at, sign, _ in self.events if at < self.finished),
            "a worker exited while there was work",
        )

    def wait_for_scale_down(self):
        options = self.options
        end = time.monotonic() + options.idle_after + 3 * options.check + 30
        while self.workers and time.monotonic() < end:
            time.sleep(0.1)
        exits = [at - self.finished for at, sign, _ in self.events if sign == "-"]
        self.check(len(exits) == MAX_WORKERS, f"{len(exits)} workers exited, not {MAX_WORKERS}")
        # A worker can become idle before the last item ends, and the last pull is a little later than that end, so a
        # worker may exit up to --early-by seconds before the idle time after the last pull has passed.
        for after in exits:
            self.check(
                options.idle_after - options.early_by
                <= after
                <= options.idle_after + options.check + options.slack,
                f"a worker exited {after:.1f} s after the last result",
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headrace", default=str(HERE.parent.parent / "headrace"))
    seconds = {"check": 15, "up-after": 15, "idle-after": 600, "slack": 5, "early-by": 30, "timeout": 900}
    for name, value in seconds.items():
        parser.add_argument(f"--{name}", type=float, default=value)
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--iterations", type=int, default=8_000_000)
    scenario = Scenario(parser.parse_args())
    scenario.run()
    print(f"{len(scenario.failures)} failures", flush=True)
    sys.exit(1 if scenario.failures else 0)


if __name__ == "__main__":
    main()
