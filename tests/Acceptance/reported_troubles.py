#!/usr/bin/env python3
"""Repeats 23 troubles, A to W, against real server and worker processes, and checks the right behaviour of each.

Users of other job queues reported such troubles in public: deleted sockets, schemas that refer to themselves, blocked
thread pools, closed standard output and others. Each trouble gets its own server, home folder and free port. The
troubles with methods of one's own build a small worker outside the checkout. Needs only the standard library.

usage: reported_troubles.py [--headrace ./headrace] [--only A,B,U]
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEADLINE = 60
TROUBLES = {}

METHODS = r"""
using Headrace.Worker;
var app = HeadraceWorker.Create(args);
app.MapMethod("null-message", new Func<string>(() => throw new NullMessage()));
app.MapMethod("throwing-message", new Func<string>(() => throw new ThrowingMessage()));
app.MapMethod("throwing-text", async () => { await Task.Yield(); throw new ThrowingText(); });
app.MapStream<int>("throwing-stream", 4, () => 1, async jobs =>
{
    while (await jobs.WaitToReadAsync())
        if (jobs.TryRead(out _))
            throw new ThrowingMessage();
});
app.MapStream<int>("failing-stream", 4, () => 1, async jobs =>
{
    while (await jobs.WaitToReadAsync())
        while (jobs.TryRead(out var job))
            job.Fail(new NullMessage());
});
app.MapBatch<int>("throwing-batch", 4, TimeSpan.Zero, () => 1, async _ =>
{
    await Task.Yield();
    throw new ThrowingText();
});
app.MapBatch<int>("failing-batch", 4, TimeSpan.Zero, () => 1, async jobs =>
{
    await Task.Yield();
    foreach (var job in jobs)
        job.Fail(new ThrowingMessage());
});
app.MapMethod("fine", () => "fine");
app.MapMethod("blocked", async (int pieces, int ms) =>
{
    await Task.WhenAll(Enumerable.Range(0, pieces).Select(async _ => { await Task.Yield(); Thread.Sleep(ms); }));
    return pieces;
});
return await app.RunAsync();

class NullMessage : Exception { public override string Message => null!; }
class ThrowingMessage : Exception { public override string Message => throw new InvalidOperationException("no words"); }
class ThrowingText : Exception { public override string ToString() => throw new InvalidOperationException("no words"); }
"""

PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
  </PropertyGroup>
  <ItemGroup><ProjectReference Include="{worker}" /></ItemGroup>
</Project>
"""


class Wrong(Exception):
    """The product did not behave as it should."""


def check(right, what):
    if not right:
        raise Wrong(what)


def until(what, look, seconds=DEADLINE):
    """Waits until look() is true, and returns its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise Wrong(f"waited {seconds} s for {what}")


def trouble(letter, title):
    def register(run):
        TROUBLES[letter] = (title, run)
        return run
    return register


class Sandbox:
    """A home folder with everything that a trouble starts. Processes are ended at the end."""

    def __init__(self, headrace):
        self.headrace = headrace
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="headrace-trouble-"))
        self.run_folder = self.home / "run"
        self.run_folder.mkdir()
        self.processes = []
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.run_folder),
            "HEADRACE_ORPHAN_GRACE": "5s",
            "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
            "DOTNET_NOLOGO": "1",
        }
        if "DOTNET_ROOT" in os.environ:
            self.environment["DOTNET_ROOT"] = os.environ["DOTNET_ROOT"]

    def with_(self, **variables):
        return {**self.environment, **variables}

    def start(self, command, environment=None, **options):
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen(
            command, env=environment or self.environment, cwd=options.pop("cwd", self.home),
            stdin=subprocess.DEVNULL, text=True, errors="replace", start_new_session=True, **options)
        process.lines, process.errors = [], []
        for stream, into in ((process.stdout, process.lines), (process.stderr, process.errors)):
            if stream is not None:
                threading.Thread(target=lambda s=stream, i=into: i.extend(iter(s.readline, "")), daemon=True).start()
        self.processes.append(process)
        return process

    def cli(self, *arguments, environment=None, timeout=DEADLINE, cwd=None):
        """Runs a command to its end. A command that hangs counts as exit code None."""
        try:
            return subprocess.run(
                [self.headrace, *arguments], env=environment or self.environment, cwd=cwd or self.home,
                stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=timeout)
        except subprocess.TimeoutExpired as slow:
            return subprocess.CompletedProcess(slow.cmd, None, str(slow.stdout), str(slow.stderr))

    def shell(self, line, environment=None):
        return subprocess.run(
            ["/bin/bash", "-c", line], env=environment or self.with_(H=self.headrace), cwd=self.home,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=DEADLINE)

    def server(self, *arguments, workers=1, environment=None, **options):
        return Server(self, arguments, workers, environment, options)

    def worker(self, *arguments, environment=None, command=None):
        return self.start([*(command or [self.headrace, "worker", "start"]), *arguments], environment)

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for pid in children_below(self.home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)


def children_below(home):
    """Local workers lead their own sessions; they are found by the home folder in their environment."""
    mark = f"HOME={home}".encode()
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name)


class Server:
    def __init__(self, place, arguments, workers, environment, options):
        self.place = place
        self.data = place.home / "data"
        self.process = place.start(
            [place.headrace, "up", "--json", "--data", str(self.data), "--port", "0", "--workers", str(workers),
             *arguments], environment, **options)
        lines = self.process.lines
        until("the server to start", lambda: lines or self.process.poll() is not None)
        check(lines, f"the server did not start: {''.join(self.process.errors)[-500:]}")
        ready = json.loads(lines[0])
        self.url, self.port, self.socket = ready["url"], int(ready["url"].rsplit(":", 1)[1]), ready["socket"]
        self.key = (self.data / "admin.key").read_text().strip()
        if workers:
            until("the workers to join", lambda: self.ready()[0] == 200)

    def call(self, method, path, body=None, headers=None, key=True, timeout=DEADLINE):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            given = {"Authorization": f"Bearer {self.key}"} if key else {}
            given.update(headers or {})
            if isinstance(body, (dict, list)):
                body, given = json.dumps(body), {"Content-Type": "application/json", **given}
            encoded = body.encode() if isinstance(body, str) else body
            connection.putrequest(method, path)
            if encoded is not None:
                connection.putheader("Content-Length", str(len(encoded)))
            for name, value in given.items():
                connection.putheader(name, value.encode("utf-8") if isinstance(value, str) else value)
            connection.endheaders(encoded)
            reply = connection.getresponse()
            text = reply.read().decode("utf-8", "replace")
            return reply.status, dict(reply.getheaders()), text
        finally:
            connection.close()

    def submit(self, **job):
        status, _, text = self.call("POST", "/v1/jobs", job)
        check(status in (200, 202), f"submission gave {status}: {text}")
        return json.loads(text)["id"]

    def job(self, id, wait=0):
        return json.loads(self.call("GET", f"/v1/jobs/{id}?wait={wait}")[2])

    def ended(self, id, seconds=DEADLINE):
        return until(f"job {id} to end", lambda: (j := self.job(id, 5)).get("state") in
                     ("succeeded", "failed", "cancelled") and j, seconds)

    def ready(self):
        status, _, text = self.call("GET", "/readyz", key=False)
        return status, json.loads(text)

    def workers(self):
        return [worker["name"] for worker in json.loads(self.call("GET", "/v1/workers")[2])]

    def alive(self):
        check(self.process.poll() is None, f"the server ended with {self.process.poll()}")
        check(self.call("GET", "/healthz", key=False)[0] == 200, "the server is not alive")

    def where(self, **more):
        return {**self.place.with_(HEADRACE_SERVER=self.url, HEADRACE_KEY=self.key), **more}


def own_methods(place):
    """Builds a worker outside the checkout once, and returns its command."""
    if own_methods.command is None:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="headrace-methods-"))
        own_methods.folder = folder
        worker = ROOT / "src/Headrace.Worker/Headrace.Worker.csproj"
        (folder / "Methods.csproj").write_text(PROJECT.format(worker=worker))
        (folder / "Program.cs").write_text(METHODS)
        build = subprocess.run(
            ["dotnet", "build", "-c", "Release", "-v", "q", "-nodeReuse:false", "-p:UseSharedCompilation=false",
             "-p:RunAnalyzers=false"],
            cwd=folder, capture_output=True, text=True)
        check(build.returncode == 0, f"the worker with methods of one's own cannot be built: {build.stdout[-800:]}")
        own_methods.command = ["dotnet", str(next(folder.glob("bin/Release/*/Methods.dll")))]
    return own_methods.command


own_methods.command = None
own_methods.folder = None


@trouble("A", "a whole number of 400 digits is 422, and in a batch it rejects its own line only")
def numbers(place):
    server = place.server()
    bad = '{"method":"sha512","params":{"iterations":' + "9" * 400 + "}}"
    status, _, text = server.call("POST", "/v1/jobs", bad, {"Content-Type": "application/json"})
    check(status in (400, 422), f"a single submission gave {status}: {text[:200]}")
    good = '{"method":"noop","body":"x"}'
    lines = [good] * 200 + [bad] + [good] * 3
    status, _, text = server.call("POST", "/v1/jobs:batch", "\n".join(lines), {"Content-Type": "application/jsonl"})
    answers = [json.loads(line) for line in text.splitlines() if line]
    check(status == 200 and len(answers) == 204, f"the batch gave {status} and {len(answers)} of 204 answers")
    check([a["line"] for a in answers if not a.get("id")] == [201], "not exactly line 201 was rejected")


@trouble("B", "an exception whose message cannot be read fails its job and keeps the slot")
def exceptions(place):
    server = place.server(workers=0)
    place.worker(command=own_methods(place), environment=server.where(HEADRACE_WORKER="own"))
    until("the worker to join", lambda: "own" in server.workers())
    for method in ("null-message", "throwing-message", "throwing-text", "throwing-stream", "failing-stream",
                   "throwing-batch", "failing-batch"):
        job = server.ended(server.submit(method=method, retries=0), 30)
        check(job["state"] == "failed", f"{method} ended as {job['state']}")
    check(server.ended(server.submit(method="fine"), 30)["state"] == "succeeded", "the slot is lost")


@trouble("C", "NaN is no duration")
def durations(place):
    server = place.server()
    run = place.cli("submit", "noop", "--time-limit", "NaNs")
    check(run.returncode == 2 and "NaNs" in run.stderr, f"submit: exit {run.returncode}: {run.stderr[:200]}")
    status, _, text = server.call("POST", "/v1/jobs", {"method": "noop", "timeLimit": "NaNs"})
    check(status in (400, 422), f"JSON: {status}: {text[:200]}")
    worker = place.cli("worker", "start", environment=server.where(HEADRACE_ORPHAN_GRACE="NaNs"), timeout=30)
    check(worker.returncode == 64, f"worker: exit {worker.returncode}: {worker.stderr[:300]}")
    up = place.cli("up", "--data", "other", "--port", "0", environment=place.with_(HEADRACE_LEASE="NaNs"), timeout=30)
    check(up.returncode == 2 and "NaNs" in up.stderr, f"up: exit {up.returncode}: {up.stderr[:300]}")


@trouble("D", "a method that blocks the thread pool keeps its lease and runs once")
def blocked_pool(place):
    server = place.server(workers=0, environment=place.with_(HEADRACE_LEASE="3s"))
    for name in ("st-a", "st-b"):
        place.worker(command=own_methods(place), environment=server.where(HEADRACE_WORKER=name))
    until("two workers to join", lambda: len(server.workers()) == 2)
    job = server.ended(server.submit(method="blocked", params={"pieces": 60, "ms": 3000}), 150)
    check(job["state"] == "succeeded" and job["attempt"] == 1, f"{job['state']} in attempt {job['attempt']}")


@trouble("E", "no worker sends its key to the proxy of the environment for a loopback server")
def proxies(place):
    server = place.server(workers=0)
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0.2)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        python = [sys.executable, str(ROOT / "samples/worker-in-python/worker.py")]
        for name, command in (("csharp", None), ("python", python)):
            place.worker(command=command, environment=server.where(
                HEADRACE_WORKER=name, http_proxy=address, HTTP_PROXY=address, ALL_PROXY=address))
        until("both workers to join", lambda: {"csharp", "python"} <= set(server.workers()), 30)
        with contextlib.suppress(TimeoutError):
            proxy.accept()
            raise Wrong("the proxy got a connection")


@trouble("F", "a worker finds server and key as the command line does")
def discovery(place):
    server = place.server(workers=0)
    config = place.home / ".config/headrace/config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"server": server.url}))
    cases = {
        "newline": server.where(HEADRACE_KEY=server.key + "\n"),
        "localhost": place.with_(HEADRACE_SERVER=f"http://localhost:{server.port}"),
        "config": place.environment,
    }
    for name, environment in cases.items():
        place.worker(environment={**environment, "HEADRACE_WORKER": name})
    for name in cases:
        until(f"the worker '{name}' to join", lambda: name in server.workers(), 30)


@trouble("G", "more connections than file descriptors do not end the server")
def descriptors(place):
    limited = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
    server = place.server(preexec_fn=limited)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    idle = []
    try:
        for _ in range(1200):
            idle.append(socket.create_connection(("127.0.0.1", server.port), timeout=5))
        # The server takes the connections from the queue of the listening socket a moment after they were made.
        time.sleep(2)
        check(server.process.poll() is None, f"the server ended with {server.process.poll()}")
        run = place.cli("run", "noop", environment=place.with_(HEADRACE_SERVER=f"unix:{server.socket}"))
        check(run.returncode == 0, f"a command over the socket gave {run.returncode}: {run.stderr[:200]}")
    finally:
        for connection in idle:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    until("the port to accept connections again", lambda: answers(server), 30)


def answers(server):
    with contextlib.suppress(OSError, http.client.HTTPException):
        return server.call("GET", "/healthz", key=False, timeout=2)[0] == 200
    return False


@trouble("H", "without a home folder no store is made in the current folder")
def no_home(place):
    here = place.home / "here"
    here.mkdir()
    run = place.cli("up", "--port", "0", "--workers", "0", environment=place.with_(HOME="/nonexistent"), cwd=here,
                    timeout=20)
    check(run.returncode == 2 and "--data" in run.stderr, f"exit {run.returncode}: {run.stderr[:200]}")
    check(not list(here.iterdir()), f"made {list(here.iterdir())}")


@trouble("I", "a server with a data folder starts although its home cannot be written")
def read_only_home(place):
    server = place.server(environment=place.with_(HOME="/proc", XDG_RUNTIME_DIR="relative"))
    server.alive()
    check(server.ready()[0] == 200, "not ready")
    server.process.send_signal(signal.SIGTERM)
    check(server.process.wait(30) == 0, f"exit {server.process.returncode}")


@trouble("J", "HEAD is answered like GET")
def head(place):
    server = place.server()
    for path, key in (("/healthz", False), ("/readyz", False), ("/", False), ("/v1/jobs", True), ("/v1/queues", True)):
        status, _, text = server.call("HEAD", path, key=key)
        check((status, text) == (200, ""), f"HEAD {path} gave {status}")
    check(server.call("HEAD", "/v1/jobs", key=False)[0] == 401, "HEAD /v1/jobs needs no key")


@trouble("K", "text that no header can carry is invalid usage, at once")
def header_text(place):
    server = place.server()
    (place.home / "body").write_text("x")
    for option, value in (("--content-type", "nonsense"), ("--content-type", 'a/b; x="é"'), ("--key", "a\nb")):
        run = place.cli("submit", "noop", "--input", "body", option, value, timeout=30)
        check(run.returncode == 2, f"{option} {value!r}: exit {run.returncode}: {run.stderr[:200]}")
    run = place.cli("submit", "noop", environment=server.where(HEADRACE_KEY="a\nb"), timeout=30)
    check(run.returncode in (2, 4), f"HEADRACE_KEY: exit {run.returncode}: {run.stderr[:200]}")
    run = place.cli("submit", "noop", "--input", "body", "--key", "schlüssel", timeout=30)
    check(run.returncode == 0, f"--key schlüssel: exit {run.returncode}: {run.stderr[:200]}")


@trouble("L", "a server whose data folder was deleted accepts nothing and ends with 1")
def lost_data(place):
    server = place.server()
    shutil.rmtree(server.data)
    check(server.process.wait(20) == 1, f"exit {server.process.returncode}")
    until("the reason", lambda: any("data folder" in line for line in server.process.errors), 5)
    check(place.cli("submit", "noop", timeout=30).returncode != 0, "a job was accepted")


@trouble("M", "SIGHUP drains a worker")
def hangup(place):
    server = place.server(workers=0)
    worker = place.worker(environment=server.where(HEADRACE_WORKER="w"))
    until("the worker to join", lambda: "w" in server.workers())
    id = server.submit(method="sha512", params={"iterations": 5_000_000}, body="x")
    until("the job to run", lambda: server.job(id).get("started"))
    worker.send_signal(signal.SIGHUP)
    check(worker.wait(60) == 0, f"the worker ended with {worker.returncode}")
    job = server.job(id, 5)
    check(job["state"] == "succeeded" and job["attempt"] == 1, f"{job['state']} in attempt {job['attempt']}")


@trouble("N", "closed or full standard output stops no server and hides no job")
def no_output(place):
    for number, redirection in enumerate((">/dev/full", ">&-")):
        notes = place.home / ".local/state/headrace/servers"
        process = place.start(["/bin/bash", "-c",
                               f'exec "$0" up --data data{number} --port 0 --workers 0 {redirection}', place.headrace])
        until("the server to start", lambda: process.poll() is not None or list(notes.glob("*.json")), 30)
        check(process.poll() is None, f"up {redirection} ended with {process.returncode}: {process.errors}")
        process.send_signal(signal.SIGTERM)
        check(process.wait(30) == 0, f"up {redirection} ended with {process.returncode}")
    place.server()
    run = place.shell('"$H" submit noop >/dev/full')
    check(run.returncode not in (0, 2) and re.search(r"Job \d+ was submitted", run.stderr),
          f"submit: exit {run.returncode}: {run.stderr[:200]}")


@trouble("O", "two idempotency keys that differ are rejected")
def two_keys(place):
    server = place.server()
    status, _, text = server.call("POST", "/v1/jobs?method=noop&idempotencyKey=a", "x", {"Idempotency-Key": "b"})
    check(status in (400, 422), f"{status}: {text[:200]}")
    status, _, text = server.call("POST", "/v1/jobs?method=noop&idempotencyKey=a", "x", {"Idempotency-Key": "a"})
    check(status in (200, 202), f"equal keys: {status}: {text[:200]}")


@trouble("P", "valid RFC 3339 times are read")
def times(place):
    server = place.server()
    for text, read in (("2030-01-01T00:00:00.123456789Z", "2030-01-01T00:00:00.123456"),
                       ("2030-01-01t00:00:00z", "2030-01-01T00:00:00"),
                       ("2030-01-01T00:00:00.5+02:00", "2029-12-31T22:00:00.5"),
                       ("2030-06-30T23:59:60Z", "2030-07-01T00:00:00")):
        status, _, reply = server.call("POST", "/v1/jobs", {"method": "noop", "scheduledAt": text})
        check(status in (200, 202), f"{text}: {status}: {reply[:200]}")
        scheduled = server.job(json.loads(reply)["id"])["scheduledAt"]
        check(scheduled.startswith(read), f"{text} was read as {scheduled}")
    # Leap seconds are inserted at the end of a day in UTC.
    status, _, reply = server.call("POST", "/v1/jobs", {"method": "noop", "scheduledAt": "2030-01-01T00:00:60Z"})
    check(status == 400 and "$.scheduledAt" in reply, f"a second 60 within a day: {status}: {reply[:200]}")


@trouble("Q", "Heston with a vanishing volatility of variance costs what Black-Scholes says")
def heston(place):
    place.server()
    for sigma in ("1e-12", "1e-8", "1e-6"):
        for method in ("cos", "fft", "fgl", "quadrature"):
            run = place.cli("benchop", "price", "--problem", "4", "--method", method, "--set",
                            f"S=100,K=100,T=1,r=0.03,V0=0.0225,kappa=2,theta=0.0225,sigma={sigma},rho=-0.5")
            check(run.returncode == 0, f"{method}, sigma={sigma}: exit {run.returncode}: {run.stderr[:200]}")
            value = float(run.stdout.split()[1])
            check(abs(value - 7.4850876) < 1e-3, f"{method}, sigma={sigma}: {value}")


@trouble("R", "two workers get two names, and a name that is still held is waited for")
def names(place):
    server = place.server(workers=0, environment=place.with_(HEADRACE_LEASE="3s"))
    environment = server.where()
    first, second = place.worker(environment=environment), place.worker(environment=environment)
    until("two workers", lambda: len(server.workers()) == 2)
    for worker in (first, second):
        check(not any(name.endswith(f"-{worker.pid}") for name in server.workers()), "the process id is the name")
    named = server.where(HEADRACE_WORKER="desk-1")
    killed = place.worker(environment=named)
    until("desk-1 to join", lambda: "desk-1" in server.workers())
    killed.kill()
    killed.wait()
    again = place.worker(environment=named)
    id = server.submit(method="noop")
    for worker in (first, second):
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
    server.ended(id)
    job = server.ended(server.submit(method="noop"), 40)
    check(job["state"] == "succeeded" and again.poll() is None, f"the second worker ended with {again.poll()}")


@trouble("S", "a deleted socket comes back, and its workers with it")
def lost_socket(place):
    server = place.server()
    worker = next(pid for pid in children_below(place.home) if pid != server.process.pid)
    shutil.rmtree(place.run_folder)
    os.kill(worker, signal.SIGKILL)
    run = place.cli("run", "noop", timeout=30)
    check(run.returncode == 0, f"run: exit {run.returncode}: {run.stderr[:200]}")
    check(pathlib.Path(server.socket).exists(), "the socket is still missing")
    shutil.rmtree(place.run_folder, ignore_errors=True)
    server.process.send_signal(signal.SIGTERM)
    check(server.process.wait(40) == 0, f"exit {server.process.returncode}")
    check(not (server.data / "headrace.db-wal").exists(), "the store was not closed")


@trouble("T", "a preference that cannot be met is ignored, not rejected")
def preferences(place):
    server = place.server()
    for preference in ("wait=60", "wait=abc", "nonsense", "wait=-1"):
        status, headers, text = server.call("POST", "/v1/jobs?method=noop", "x", {"Prefer": preference})
        check(status in (200, 202), f"Prefer: {preference} gave {status}: {text[:200]}")
        if preference == "wait=60":
            check(headers.get("Preference-Applied") == "wait=30", f"Preference-Applied: {headers}")


@trouble("U", "a schema that refers to itself does not end the server")
def recursive_schema(place):
    server = place.server()
    schemas = ('{"not":{"$ref":"#"}}', '{"$ref":"#"}', '{"properties":{"x":{"$ref":"#/properties/x"}}}')
    for number, schema in enumerate(schemas):
        method = f"so{number}"
        status, _, text = server.call("POST", f"/v1/workers/w{number}/exchange", {
            "worker": f"w{number}", "incarnation": "5", "exchangeNumber": "1", "slots": 1,
            "offers": [{"method": method, "version": 1, "schema": schema}]}, timeout=10)
        check(status == 400 and "schema" in text, f"the offer of {schema}: {status}: {text[:200]}")
        status, _, text = server.call("POST", "/v1/jobs", {"method": method, "params": {"x": 1}})
        check(status < 500, f"{schema}: {status}: {text[:200]}")
        server.alive()
    server.process.send_signal(signal.SIGTERM)
    check(server.process.wait(40) == 0, f"exit {server.process.returncode}")
    server = place.server()
    check(server.call("POST", "/v1/jobs", {"method": "so0"})[0] < 500, "after a restart")
    server.alive()


@trouble("V", "a content type that no reply can carry is rejected")
def content_types(place):
    server = place.server()
    status, _, text = server.call("POST", "/v1/jobs?method=noop", "x", {"Content-Type": 'text/plain; a="é"'})
    check(status in (400, 415, 422), f"header: {status}: {text[:200]}")
    for value in ('a/b;x="é"', 'a/b;x="\r\n y"', 'a/b;x="\u0001"'):
        status, _, text = server.call("POST", "/v1/jobs", {"method": "noop", "body": "x", "contentType": value})
        check(status in (400, 415, 422), f"JSON {value!r}: {status}: {text[:200]}")
        line = json.dumps({"method": "noop", "body": "x", "contentType": value})
        status, _, text = server.call("POST", "/v1/jobs:batch", line, {"Content-Type": "application/jsonl"})
        check(status == 200 and "id" not in json.loads(text), f"batch {value!r}: {status}: {text[:200]}")
    accepted = 'text/plain; charset="utf-8"'
    job = json.loads(server.call("POST", "/v1/jobs", {"method": "noop", "body": "x", "contentType": accepted})[2])
    status, headers, text = server.call("GET", f"/v1/jobs/{job['id']}/input")
    check((status, text, headers.get("Content-Type")) == (200, "x", accepted), f"input: {status} {headers}: {text}")
    check(server.ended(job["id"])["state"] == "succeeded", "the job did not succeed")
    status, headers, text = server.call("GET", f"/v1/jobs/{job['id']}/result")
    check((status, text, headers.get("Content-Type")) == (200, "x", accepted), f"result: {status} {headers}: {text}")


@trouble("W", "a file name cannot forge a line of output")
def file_names(place):
    place.server()
    (place.home / "a\n99\tforged").write_text("x")
    run = place.cli("submit", "noop", "--each", "a\n99\tforged")
    check(run.returncode == 0 and len(run.stdout.splitlines()) == 1, f"printed {run.stdout!r}")
    check(run.stdout.count("\t") == 1, f"printed {run.stdout!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--headrace", default=str(ROOT / "headrace"))
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    headrace = str(pathlib.Path(options.headrace).resolve())
    chosen = [letter for letter in options.only.upper().split(",") if letter] or sorted(TROUBLES)
    failed = 0
    for letter in chosen:
        title, run = TROUBLES[letter]
        place, began = Sandbox(headrace), time.monotonic()
        try:
            run(place)
            verdict = "ok   "
            seen = ""
        except Exception as wrong:  # a fault of the product may surface anywhere
            verdict, seen = "WRONG", f"\n        {type(wrong).__name__}: {wrong}"
            failed += 1
        finally:
            place.close()
        print(f"{verdict} {letter} {title} ({time.monotonic() - began:.1f} s){seen}", flush=True)
    if own_methods.folder:
        shutil.rmtree(own_methods.folder, ignore_errors=True)
    print(f"{len(chosen) - failed} right, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
