#!/usr/bin/env python3
"""A Headrace worker in Python's standard library. It joins a server over HTTP with JSON, and squares and counts.

    python3 worker.py                                                            (your server on this machine)
    HEADRACE_SERVER=http://127.0.0.1:8080 HEADRACE_KEY=hr_... python3 worker.py  (any server)
    headrace up --pools "py command=python3,worker.py"                           (a pool that starts it: docs/pools.md)

The main thread sends one exchange after another. They fetch jobs, and renew the lease while a second thread computes,
so a job may take as long as it likes. docs/exchange.md explains every member."""
import base64, http.client, json, os, pathlib, queue, re, secrets, signal, socket, sys, threading, time
import urllib.error, urllib.parse, urllib.request


class Stopped(Exception):
    """Ends the run of a job that should stop."""


def square(job, x):
    return x * x


def primes(job, below):
    """Counts the primes below a number. A computation that takes long looks now and then whether it should stop."""
    count = 0
    for n in range(2, below):
        if n % 1000 == 0:
            if job.stop.is_set():
                raise Stopped()
            job.progress = {"fraction": n / below, "text": f"{count} primes below {n}"}
        count += all(n % divisor for divisor in range(2, int(n ** 0.5) + 1))
    return count


def schema(**properties):
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


METHODS = {
    "py.square": (square, schema(x={"type": "number"})),
    "py.primes": (primes, schema(below={"type": "integer", "minimum": 0, "maximum": 100_000_000})),
}
if "--describe" in sys.argv:  # how a pool learns the methods while no worker runs
    print(json.dumps({"methods": [{"name": m, "version": 1, "schema": s} for m, (_, s) in METHODS.items()]}))
    sys.exit()


def say(text, stream=sys.stderr):
    """Prints a message. Texts from elsewhere must not control the terminal, and a closed stream does no harm."""
    line = "".join(c if c.isprintable() else " " for c in text) + "\n"
    try:
        if stream:  # Without the buffer, which Python would try to write again when it exits.
            os.write(stream.fileno(), line.encode("utf-8", "replace"))
    except (OSError, ValueError):
        pass


def leave(code, text):
    """Ends the worker: 1 if the server refuses it, 64 for invalid settings, 75 if the server has terminated it."""
    say(text)
    sys.exit(code)


def folder(variable, below_home):
    """Returns a folder of the XDG specification, which says that a relative path in a variable is ignored."""
    given = os.environ.get(variable, "")
    return pathlib.Path(given if os.path.isabs(given) else pathlib.Path.home() / below_home) / "headrace"


def configured_server():
    """Returns the server in the user's configuration, which may contain comments and trailing commas."""
    path = folder("XDG_CONFIG_HOME", ".config") / "config.json"
    if not path.exists():
        return ""
    comment = r"//[^\n]*|/\*(?:(?!\*/).)*\*/"
    extra = re.compile(rf'("(?:\\.|[^"\\])*")|{comment}|,(?=(?:\s|{comment})*[}}\]])', re.DOTALL)
    try:
        settings = json.loads(extra.sub(lambda match: match.group(1) or "", path.read_text("utf-8-sig")))
        return next((str(value) for name, value in settings.items() if name.lower() == "server"), "").strip()
    except (OSError, ValueError, AttributeError) as unreadable:
        leave(64, f"The settings file {path} cannot be read: {unreadable}. Correct it, or set HEADRACE_SERVER.")


def running_servers():
    """Returns the address and the data folder of each running server of this user, newest first."""
    files = (folder("XDG_STATE_HOME", ".local/state") / "servers").glob("*.json")
    for file in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True):
        try:
            note = json.loads(file.read_text())
            # Process ids are used again, so the start of the process must match as well.
            status = pathlib.Path(f"/proc/{note['processId']}/stat").read_text()
            if note.get("processStart") in (None, int(status.rpartition(")")[2].split()[19])):
                yield urllib.parse.urlsplit(note["url"]), note["data"]
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            continue  # That server is starting or stopping, or has ended.


def accepts(url):
    try:
        socket.create_connection((url.hostname, url.port or 80), timeout=1).close()
        return True
    except OSError:
        return False


def is_local(url):
    return url.hostname == "localhost" or re.fullmatch(r"127(\.\d+){3}|::1", url.hostname or "") is not None


def unix(path):
    class Connection(http.client.HTTPConnection):
        def connect(self):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(self.timeout)
            self.sock.connect(path)

    class Handler(urllib.request.HTTPHandler):
        def http_open(self, request):
            return self.do_open(Connection, request)

    return Handler()


def find_server():
    """Finds the server and its key as every Headrace program does: the environment, the user's configuration, then the
    newest server of this user on this machine that accepts connections."""
    running = list(running_servers())
    server = os.environ.get("HEADRACE_SERVER", "").strip() or configured_server()
    server = server or next((url.geturl() for url, _ in running if accepts(url)), None)
    if not server:
        leave(64, "You have no server running on this machine. Start one, or set HEADRACE_SERVER.")
    url, key = urllib.parse.urlsplit(server), os.environ.get("HEADRACE_KEY", "").strip()
    if descriptor := os.environ.get("HEADRACE_KEY_FD"):  # a pool passes the key of this worker through a pipe
        with open(int(descriptor)) as pipe:
            key = pipe.read().strip()
    if url.scheme == "unix":
        return "http://localhost", key, urllib.request.build_opener(urllib.request.ProxyHandler({}), unix(url.path))
    if not key and is_local(url):  # the admin key of this user's own server, and never sent to another one
        data = [data for other, data in running if other.port == (url.port or 80)]
        try:
            key = (pathlib.Path(data[0]) / "admin.key").read_text().strip() if data else ""
        except OSError:
            pass  # The server answers 401 and explains what to do.
    if not all("!" <= character <= "~" for character in key):
        leave(64, "The key contains a character that no header can carry. Copy it again from the admin.key file.")
    # A proxy cannot reach this machine, and would receive the key.
    proxies = urllib.request.ProxyHandler({} if is_local(url) else None)
    return server.rstrip("/"), key, urllib.request.build_opener(proxies)


SERVER, KEY, HTTP = find_server()
# The random part keeps the name unique: in every container, the process id may be 1.
NAME = os.environ.get("HEADRACE_WORKER")
HOST = re.sub(r"[^a-z0-9]+", "-", socket.gethostname().lower()).strip("-")[:24] or "host"
NAME = NAME or f"{HOST}-python-{os.getpid()}-{secrets.token_hex(4)}"
INCARNATION = int(os.environ.get("HEADRACE_INCARNATION", "0"), 16) or secrets.randbits(63) + 1
POOL = os.environ.get("HEADRACE_POOL", "python")
MAX_RESULT = 1 << 20
OFFERS = [{"method": name, "version": 1, "schema": json.dumps(schema)} for name, (_, schema) in METHODS.items()]


def result_of(value):
    """Returns a result as JSON. NaN and half a surrogate pair are no JSON."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


def error_of(fault, retryable):
    try:
        text = str(fault).encode("utf-8", "replace").decode()
    except BaseException:  # A method can raise anything.
        text = "The exception has no text, because its __str__ raises another one."
    return {"type": type(fault).__name__, "message": text, "retryable": retryable}


class Held:
    """A job that the server has leased to this worker, until the server has acknowledged its outcome."""

    def __init__(self, lease):
        self.token = {"job": lease["job"], "attempt": lease["attempt"]}
        self.method, self.params = lease["method"], json.loads(lease.get("params") or "{}")
        self.stop, self.reason, self.progress, self.outcome = threading.Event(), "", None, None

    def state(self):
        progress = {"progress": self.progress} if self.progress else {}
        return self.token | {"started": True, "finished": self.outcome is not None} | progress

    def run(self):
        """Returns the outcome. Whatever the method raises, SystemExit included, ends the job and not the worker: the
        main thread would renew the lease of a job that no thread runs any longer."""
        try:
            value = METHODS[self.method][0](self, **self.params)
        except Stopped:
            return self.token | {"kind": "timed_out" if self.reason == "timeout" else "cancelled"}
        except BaseException as fault:
            return self.token | {"kind": "failed", "error": error_of(fault, retryable=True)}
        try:
            result = result_of(value)
        except Exception as fault:  # The method would return the same again, so the job is not retried.
            return self.token | {"kind": "rejected", "error": error_of(fault, retryable=False)}
        if len(result) > MAX_RESULT:
            return self.token | {"kind": "too_large"}
        result = base64.b64encode(result).decode()
        return self.token | {"kind": "succeeded", "result": result, "contentType": "application/json"}


lock = threading.Lock()
held, to_run = {}, queue.Queue()  # the jobs by their tokens, and those that have not started
store = ""
BROKEN = OSError, http.client.HTTPException, ValueError  # what a connection or an incomplete reply raises


def post(message):
    """Sends an exchange or a report. Every message names all jobs that the worker holds, which renews the lease."""
    with lock:
        jobs = list(held.values())
        message = message | {
            "store": store, "worker": NAME, "incarnation": str(INCARNATION), "pool": POOL,
            "leasesHeld": [job.state() for job in jobs],
            "outcomes": [job.outcome for job in jobs if job.outcome],
        }
    request = urllib.request.Request(f"{SERVER}/v1/workers/{NAME}/exchange", json.dumps(message).encode(),
                                     {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"})
    with HTTP.open(request, timeout=30) as reply:
        reply = json.load(reply)
    with lock:
        # Whatever the status of an acknowledgement, the worker can forget the job.
        for one in reply.get("acks", []) + reply.get("revoked", []):
            if job := held.pop((one["job"], one["attempt"]), None):
                job.stop.set()
        for one in reply.get("stopRequests", []):
            if job := held.get((one["job"], one["attempt"])):
                job.reason = one.get("reason", "")
                job.stop.set()
    return reply


def exchange(message):
    """Sends an exchange until the server answers it, each time with the same number."""
    while True:
        try:
            return post(message)
        except urllib.error.HTTPError as refused:
            if refused.code not in (429, 503):
                leave(1, f"refused: {refused.read().decode(errors='replace')}")
        except BROKEN as broken:
            say(f"no answer: {broken}")
        time.sleep(0.5)


def run_jobs():
    """Runs jobs in the second thread, and reports each outcome at once, beside the open exchange."""
    while True:
        job = to_run.get()
        outcome = job.run()
        with lock:
            job.outcome = outcome
        try:
            post({})
        except BROKEN:
            pass  # The next exchange carries the outcome.


draining = False


def drain(*_):
    global draining
    draining = True


for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(name, drain)
threading.Thread(target=run_jobs, daemon=True).start()
number, give_up = 0, None
while True:
    number += 1
    # With a lease of 30 s, an exchange that waits for 5 s renews it in time.
    reply = exchange({"exchangeNumber": str(number), "wait": "0.2s" if draining else "5s", "slots": 1,
                      "offers": OFFERS, "draining": draining})
    if number == 1 and "is in use by another incarnation" in reply.get("terminate", "") and not draining:
        # The process that used the name may have been killed. The name is free when it was silent for a lease.
        give_up = give_up or time.monotonic() + float(reply["lease"].rstrip("s")) + 5
        if time.monotonic() < give_up:
            number = 0
            time.sleep(1)
            continue
    if reply.get("terminate"):
        leave(1 if number == 1 else 75, f"terminated: {reply['terminate']}")
    if number == 1:
        say(f"{NAME} has joined and offers {', '.join(f'{name}@1' for name in METHODS)}", sys.stdout)
    store = reply["store"]
    for lease in reply.get("leases", []):
        job = Held(lease)
        with lock:
            held[(lease["job"], lease["attempt"])] = job
        to_run.put(job)
    draining = draining or reply.get("drain", False)
    if draining and not held:
        break
