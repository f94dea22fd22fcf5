#!/usr/bin/env python3
"""The story of seed system 001, told on this machine and checked from outside.

Work is enqueued and nobody is there; when its head has waited long enough a worker appears, then more; two clients, one in Python and one in curl, pull the results at once; workers that have
held nothing for long go again. What counts is what `ps` shows and what hashlib says. Exits with 1 where something came too early, too late, twice, or not at all. Standard library only.

    story.py [--headrace PROGRAM] [--check 15] [--up-after 15] [--idle-after 600] [--items 200] [--iterations 8000000] [--slack 5]

So many items are kept waiting until all three workers have come, however fast they are.
"""
import argparse, json, os, pathlib, shutil, signal, subprocess, sys, tempfile, threading, time

import client

HERE = pathlib.Path(__file__).resolve().parent
MOST = 3


class Story:
    def __init__(self, options):
        self.options, self.began, self.faults = options, time.monotonic(), []
        self.workers, self.seen = {}, []  # pid -> when first seen; (seconds, "+" or "-", pid) in order

    def now(self):
        return time.monotonic() - self.began

    def say(self, words):
        print(f"{self.now():8.1f} s  {words}", flush=True)

    def must(self, holds, words):
        if not holds:
            self.faults.append(words)
            self.say(f"FAULT: {words}")

    def watch(self, server):
        """Looks at the process list: the children of the server that are `headrace worker`."""
        while not self.over.wait(0.1):
            table = subprocess.run(["ps", "-o", "pid=,stat=,args=", "--ppid", str(server)], capture_output=True, text=True).stdout
            running = {int(line.split()[0]) for line in table.splitlines() if " worker" in line and not line.split()[1].startswith("Z")}
            for process in sorted(running - self.workers.keys()):
                self.workers[process] = self.now()
                self.seen.append((self.now(), "+", process))
                self.say(f"process {process} appears: {len(self.workers)} workers run")
                self.must(len(self.workers) <= MOST, f"{len(self.workers)} workers run, and {MOST} is the most")
            for process in sorted(self.workers.keys() - running):
                del self.workers[process]
                self.seen.append((self.now(), "-", process))
                self.say(f"process {process} is gone: {len(self.workers)} workers run")

    def tell(self):
        options = self.options
        home = tempfile.mkdtemp(prefix="headrace-story-")
        settings = {"HEADRACE_SCALING__CHECK": options.check, "HEADRACE_SCALING__UP_AFTER": options.up_after, "HEADRACE_SCALING__IDLE_AFTER": options.idle_after}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("HEADRACE_", "XDG_"))}
        environment |= {"HOME": home, "XDG_RUNTIME_DIR": home} | {name: f"{value:g}s" for name, value in settings.items()}
        log = open(f"{home}/log", "w")
        server = subprocess.Popen([options.headrace, "up", "--json", "--demo", "seed001", "--data", f"{home}/data", "--port", "0"], cwd=home, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        self.over = threading.Event()
        watcher = threading.Thread(target=self.watch, args=[server.pid])
        try:
            url = json.loads(server.stdout.readline())["url"]
            server.stdout.readline()
            self.say(f"the server is up; check {options.check:g} s, a worker more after {options.up_after:g} s, one less after {options.idle_after:g} s")
            watcher.start()
            self.work(url, home)
            self.rest()
            why = subprocess.run([options.headrace, "--server", url, "pools", "why", "--changes"], env=environment | {"HEADRACE_KEY": open(f"{home}/data/admin.key").read().strip()}, capture_output=True, text=True)
            self.say("what the server says of it, newest first:\n" + why.stdout)
        finally:
            self.over.set()
            if watcher.is_alive():
                watcher.join()
            server.send_signal(signal.SIGTERM)
            code = server.wait(60)
            self.must(code == 0, f"the server ended with {code}")
            if self.faults:
                print(open(f"{home}/log").read())
            shutil.rmtree(home, ignore_errors=True)

    def work(self, url, home):
        options = self.options
        bodies = [bytes([i]) * (16384 + 1000 * i) for i in range(4)]
        started, items, pulled = self.now(), {}, []

        def put():
            i = len(items)
            body = bodies[i % len(bodies)]
            if i % 10 == 9:
                pathlib.Path(home, "item").write_bytes(body)
                number = subprocess.run([HERE / "client.sh", url, "enqueue", f"{home}/item", str(options.iterations)], check=True, capture_output=True, text=True).stdout.strip()
            else:
                number = client.enqueue(url, body, options.iterations)
            self.must(number not in items, f"the number {number} was given twice")
            items[number] = i % len(bodies)

        while len(items) < options.items:
            put()
        self.say(f"{len(items)} items of {options.iterations} hashes are enqueued, by Python and by curl; nobody is there to do them")

        lock, enough = threading.Lock(), threading.Event()

        def take(puller):
            while not (enough.is_set() and len(pulled) >= len(items)) and not self.done.is_set():
                if puller == "python":
                    got = client.pull(url, 10)
                else:
                    text = subprocess.run([HERE / "client.sh", url, "pull", "10"], check=True, capture_output=True, text=True).stdout
                    got = dict(client.LINE.findall(text))
                with lock:
                    pulled.extend(got.items())
                    if got:
                        self.say(f"{puller} pulls {len(got)}: {len(pulled)} of {len(items)}")
                time.sleep(0.2)

        self.done = threading.Event()
        pullers = [threading.Thread(target=take, args=[name]) for name in ("python", "curl")]
        for puller in pullers:
            puller.start()
        end = time.monotonic() + options.patience
        while sum(sign == "+" for _, sign, _ in self.seen) < MOST and time.monotonic() < end:
            if len(items) - len(pulled) < options.items:
                put()
            else:
                time.sleep(0.05)
        self.say(f"{len(items)} items in all; no more come")
        enough.set()
        for puller in pullers:
            puller.join(options.patience)
        self.done.set()
        self.finished = self.now()
        self.must(sorted(number for number, _ in pulled) == sorted(items), f"{len(pulled)} results were pulled of {len(items)} items, {len(dict(pulled))} of them different")
        self.say("every item was pulled once; now hashlib says what the digests must be")
        digests = [client.sha512(body, options.iterations) for body in bodies]
        wrong = [number for number, digest in pulled if digest != digests[items[number]]]
        self.must(not wrong, f"hashlib has other digests than {wrong}")
        if not wrong:
            self.say("every digest is hashlib's")

        came = [at for at, sign, _ in self.seen if sign == "+"]
        first, period = came[0] - started, options.check + options.slack
        self.must(options.up_after <= first <= options.up_after + period, f"the first worker came {first:.1f} s after the work")
        self.must(len(came) == MOST, f"{len(came)} workers came, not {MOST}")
        for before, after in zip(came, came[1:]):
            self.must(options.check - options.slack <= after - before <= period, f"a further worker came {after - before:.1f} s after the one before")
        self.must(not any(sign == "-" for at, sign, _ in self.seen if at < self.finished), "a worker went while there was work")

    def rest(self):
        options = self.options
        end = time.monotonic() + options.idle_after + 3 * options.check + 30
        while self.workers and time.monotonic() < end:
            time.sleep(0.1)
        gone = [at - self.finished for at, sign, _ in self.seen if sign == "-"]
        self.must(len(gone) == MOST, f"{len(gone)} workers went, not {MOST}")
        # The last pull comes a little after the last end, and who ran out of work before it goes before.
        for after in gone:
            self.must(options.idle_after - options.longest <= after <= options.idle_after + options.check + options.slack, f"a worker went {after:.1f} s after the last result")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headrace", default=str(HERE.parent.parent / "headrace"))
    for name, value in (("check", 15), ("up-after", 15), ("idle-after", 600), ("slack", 5), ("longest", 30), ("patience", 900)):
        parser.add_argument(f"--{name}", type=float, default=value)
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--iterations", type=int, default=8_000_000)
    story = Story(parser.parse_args())
    story.tell()
    print(f"{len(story.faults)} faults", flush=True)
    sys.exit(1 if story.faults else 0)


if __name__ == "__main__":
    main()
