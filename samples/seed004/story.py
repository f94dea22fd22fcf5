#!/usr/bin/env python3
"""Runs the scenario of seed system 004 on this machine and checks it from outside the server.

A client lists the workers and methods, has a worker compute a test, measures problems with the values of the benchmark
and with its own, and ranks the methods by reference values of its own. It repeats a request, purges the queue, and
tries to upload a method, which it then installs by the command that the service names. The prices are checked against
the Black-Scholes formula, which this script computes itself. The exit code is 1 if a check failed. Requires only the
standard library.

    story.py [--headrace PROGRAM] [--problems problem1_A1,problem1_B1] [--all]
"""
import argparse, io, json, math, os, pathlib, shutil, signal, subprocess, sys, tempfile, time, zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import client

SEED_METHODS = (
    "MC MC-S QMC-S MLMC MLMC-A FFT FGL COS FD FD-NU FD-AD RBF RBF-FD RBF-PUM RBF-LSML RBF-AD RBF-MLT".split()
)


def call_price(spot, strike, maturity, rate, volatility):
    """The Black-Scholes price of a European call."""
    deviation = volatility * math.sqrt(maturity)
    d1 = (math.log(spot / strike) + rate * maturity) / deviation + deviation / 2
    cdf = lambda x: math.erfc(-x / math.sqrt(2)) / 2
    return spot * cdf(d1) - strike * math.exp(-rate * maturity) * cdf(d1 - deviation)


class Scenario:
    def __init__(self, options):
        self.options = options
        self.start = time.monotonic()
        self.failures = []

    def log(self, text):
        print(f"{time.monotonic() - self.start:8.1f} s  {text}", flush=True)

    def check(self, holds, text):
        if not holds:
            self.failures.append(text)
            self.log(f"FAILED: {text}")

    def run(self):
        home = tempfile.mkdtemp(prefix="headrace-story-")
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("HEADRACE_", "XDG_"))}
        environment = inherited | {"HOME": home, "XDG_RUNTIME_DIR": home}
        with open(f"{home}/log", "w") as log:
            server = subprocess.Popen(
                [self.options.headrace, "up", "--json", "--demo", "seed004", "--data", f"{home}/data", "--port", "0"],
                cwd=home,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            try:
                self.url = json.loads(server.stdout.readline())["url"]
                server.stdout.readline()
                self.look_around()
                for name in self.options.problems.split(","):
                    self.measure(name)
                self.measure_own_values()
                self.rank_by_own_references()
                self.purge()
                self.upload()
                self.install(environment)
                if self.options.all:
                    self.measure_all()
            finally:
                server.send_signal(signal.SIGTERM)
                code = server.wait(60)
                self.check(code == 0, f"the server exited with code {code}")
        if self.failures:
            print(pathlib.Path(home, "log").read_text())
        shutil.rmtree(home, ignore_errors=True)

    def get(self, path):
        status, reply, _ = client.call(self.url, path)
        self.check(status == 200, f"GET {path} has status {status}: {reply}")
        return reply

    def look_around(self):
        workers = self.get("/workers")["workers"]
        self.check(workers, "no worker is connected")
        methods = self.get("/workers/methods")["methods"]
        self.check("COS" in methods and "RBF-FD" in methods, f"the methods are {methods}")
        self.log(f"version {self.get('/version')['version']}, {len(workers)} workers, {len(methods)} methods")
        result = self.get("/problem/test?a=2&b=3&c=4")["result"]
        self.check(result == 20, f"(2 + 3) * 4 is {result}")
        self.log(f"a worker computed (2 + 3) * 4 = {result}")

    def measure(self, name):
        progress = lambda done, jobs: self.log(f"{name}: {done} of {jobs} methods measured")
        reply = client.measure(self.url, f"/problem/{name}", progress)
        table = reply["benchmark"]
        self.check(table["methods"][: len(SEED_METHODS)] == SEED_METHODS, f"{name}: the rows are {table['methods']}")
        errors = {m: e for m, e in zip(table["methods"], table["relerr"]) if e is not None}
        self.check(errors.get("COS", 1) <= 2e-3, f"{name}: the error of COS is {errors.get('COS')}")
        for method, seconds, error, reason in zip(*(table[key] for key in ("methods", "time", "relerr", "reason"))):
            self.check(seconds is not None or reason, f"{name}: {method} is empty without a reason")
            self.check(error is None or error <= 1e-2, f"{name}: the error of {method} is {error}")
        self.log(f"{name}: {len(errors)} methods priced it in {reply['time']:.1f} s")
        repeated = client.measure(self.url, f"/problem/{name}")
        self.check(repeated == reply, f"{name}: the repeated request was answered differently")

    def measure_own_values(self):
        query = {"S": "95,105", "K": "102", "T": "0.75", "r": "0.02", "sig": "0.25"}
        reply = client.measure(self.url, "/problem/problem1_A1", query=query)
        errors = [error for error in reply["benchmark"]["relerr"] if error is not None]
        self.check(len(errors) >= 10 and max(errors) <= 1e-2, f"with own values the errors are {errors}")
        self.log(f"problem1_A1 with own values: {len(errors)} methods, largest error {max(errors):.1e}")

    def rank_by_own_references(self):
        spots, rest = [95, 105], (102, 0.75, 0.02, 0.25)
        body = dict(zip(("K", "T", "r", "sig"), rest), S=spots, U=[call_price(spot, *rest) for spot in spots])
        path = "/benchop/api/prob/rank/problem1_A1"
        ranking = client.measure(self.url, path, method="POST", body=body)["ranking"]
        for order in ("time", "err"):
            values = [value for entry in ranking[order] for value in entry.values()]
            self.check(len(values) >= 10 and values == sorted(values), f"the ranking by {order} is {ranking[order]}")
        (most_exact, error), = ranking["err"][0].items()
        (fastest, seconds), = ranking["time"][0].items()
        self.check(error <= 1e-9, f"the smallest error against the Black-Scholes formula is {error}")
        self.log(f"fastest: {fastest}, {seconds:.1e} s; most exact: {most_exact}, error {error:.1e}")
        status, reply, _ = client.call(self.url, path, "POST", {"S": 95})
        self.check(status == 400, f"an incomplete ranking request has status {status}: {reply}")

    def purge(self):
        no_wait = {"Prefer": "wait=0"}
        status, reply, _ = client.call(self.url, "/problem/2a", headers=no_wait)
        self.check(status == 202 and reply["done"] < reply["jobs"], f"a request that does not wait has status {status}")
        waiting = self.get("/queue")
        status, purged, _ = client.call(self.url, "/queue", "DELETE")
        self.check(status == 200 and purged["cancelled"] <= reply["jobs"], f"the purge returned {purged}")
        self.check(len(waiting["messages"]) <= 5, f"the queue shows {len(waiting['messages'])} messages")
        self.log(f"the queue had {waiting['jobs']} jobs; the purge cancelled {purged['cancelled']}")
        self.measure("2a")

    def upload(self):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as content:
            content.writestr("MINE/BSeuCallUI_MINE.m", "function U = BSeuCallUI_MINE (S, K, T, r, sig)\n")
        headers = {"Content-Type": "application/zip"}
        status, reply, _ = client.call(self.url, "/problems/upload", "POST", archive.getvalue(), headers=headers)
        self.check(status == 403 and "headrace methods install" in reply["detail"], f"an upload has status {status}")
        self.log(f"an upload is rejected: {reply['detail']}")

    def install(self, environment):
        """Adds a method in the way that the rejected upload names, if this machine has Octave."""
        if not shutil.which("octave-cli"):
            self.log("Octave is not installed, so no method is added")
            return
        command = [self.options.headrace, "methods", "install", str(HERE.parent / "octave/benchop/BSeuCallUI_mine.m")]
        installed = subprocess.run(command, env=environment, capture_output=True, text=True)
        self.check(installed.returncode == 0, f"the installation failed: {installed.stderr}")
        end = time.monotonic() + 60
        while "mine" not in self.get("/workers/methods")["methods"] and time.monotonic() < end:
            time.sleep(0.2)
        table = client.measure(self.url, "/problem/problem1_A1", query={"run": "with mine"})["benchmark"]
        self.check("mine" in table["methods"], f"the installed method is not among {table['methods']}")
        if "mine" in table["methods"]:
            row = table["methods"].index("mine")
            seconds, error = table["time"][row], table["relerr"][row]
            self.check(error is not None and error <= 1e-4, f"the installed method: {table['reason'][row]}")
            self.log(f"the installed Octave method mine: {seconds:.1e} s, error {error:.1e}")

    def measure_all(self):
        progress = lambda done, jobs: self.log(f"all problems: {done} of {jobs} cells measured")
        reply = client.measure(self.url, "/problem/all", progress)
        priced = sum(error is not None for table in reply["benchmarks"].values() for error in table["relerr"])
        self.log(f"all problems: {priced} cells priced in {reply['time']:.1f} s")
        rankings = client.measure(self.url, "/benchop/api/rank/allprobs")["rankings"]
        self.check(set(rankings) == set(reply["benchmarks"]), "not every problem is ranked")
        for name, ranking in rankings.items():
            (fastest, seconds), = ranking["time"][0].items()
            self.log(f"{name}: fastest {fastest}, {seconds:.1e} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headrace", default=str(HERE.parent.parent / "headrace"))
    parser.add_argument("--problems", default="problem1_A1,problem1_B1,problem1_C1")
    parser.add_argument("--all", action="store_true", help="also measure all problems, which takes minutes")
    scenario = Scenario(parser.parse_args())
    scenario.run()
    print(f"{len(scenario.failures)} failures", flush=True)
    sys.exit(1 if scenario.failures else 0)


if __name__ == "__main__":
    main()
