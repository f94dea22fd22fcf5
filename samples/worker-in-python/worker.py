#!/usr/bin/env python3
"""A Headrace worker in Python's standard library. It joins a server over HTTP with JSON and squares numbers.

    python3 worker.py                                                            (your server on this machine)
    HEADRACE_SERVER=http://127.0.0.1:8080 HEADRACE_KEY=hr_... python3 worker.py  (any server)
    headrace up --pools "py command=python3,worker.py"                           (a pool that starts it: docs/pools.md)

It has one slot: it fetches a job with an exchange, runs it, and sends the outcome with the next exchange.
docs/exchange.md explains every member. A method that may run longer than a third of the lease needs a thread that keeps
sending exchanges."""
import base64, http.client, json, os, pathlib, re, secrets, signal, socket, sys, time
import urllib.error, urllib.parse, urllib.request

SCHEMA = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"], "additionalProperties": False}
if "--describe" in sys.argv:  # how a pool learns the methods while no worker runs
    print(json.dumps({"methods": [{"name": "py.square", "version": 1, "schema": SCHEMA}]}))
    sys.exit()


def folder(variable, below_home):
    return pathlib.Path(os.environ.get(variable) or pathlib.Path.home() / below_home) / "headrace"


def read(path):
    """Returns what a JSON file contains; an empty object if it is missing or incomplete."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


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
    files = folder("XDG_STATE_HOME", ".local/state") / "servers"
    files = sorted(files.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    running = [note for note in map(read, files) if pathlib.Path(f"/proc/{note.get('processId')}").exists()]
    running = [(urllib.parse.urlsplit(note["url"]), note["data"]) for note in running if "url" in note]
    server = os.environ.get("HEADRACE_SERVER", "").strip()
    server = server or read(folder("XDG_CONFIG_HOME", ".config") / "config.json").get("server", "").strip()
    if not server:
        server = next((url.geturl() for url, _ in running if accepts(url)), None)
    if not server:
        sys.exit("No server of this user is running on this machine. Start one, or set HEADRACE_SERVER.")
    url, key = urllib.parse.urlsplit(server), os.environ.get("HEADRACE_KEY", "").strip()
    if descriptor := os.environ.get("HEADRACE_KEY_FD"):  # a pool passes the key of this worker through a pipe
        with open(int(descriptor)) as pipe:
            key = pipe.read().strip()
    if url.scheme == "unix":
        return "http://localhost", key, urllib.request.build_opener(urllib.request.ProxyHandler({}), unix(url.path))
    if not key and is_local(url):  # the admin key of this user's own server, and never sent to another one
        data = [data for other, data in running if other.port == url.port]
        key = (pathlib.Path(data[0]) / "admin.key").read_text().strip() if data else ""
    # A proxy cannot reach this machine, and would receive the key.
    proxies = urllib.request.ProxyHandler({} if is_local(url) else None)
    return server.rstrip("/"), key, urllib.request.build_opener(proxies)


SERVER, KEY, HTTP = find_server()
# The random part keeps the name unique: in every container, the process id may be 1.
NAME = os.environ.get("HEADRACE_WORKER")
NAME = NAME or f"{socket.gethostname().lower()}-python-{os.getpid()}-{secrets.token_hex(4)}"
INCARNATION = int(os.environ.get("HEADRACE_INCARNATION", "0"), 16) or secrets.randbits(63) + 1
POOL = os.environ.get("HEADRACE_POOL", "python")
OFFER = {"method": "py.square", "version": 1, "schema": json.dumps(SCHEMA)}


def post(message):
    request = urllib.request.Request(f"{SERVER}/v1/workers/{NAME}/exchange", json.dumps(message).encode(),
                                     {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"})
    with HTTP.open(request, timeout=30) as reply:
        return json.load(reply)


def exchange(message):
    """Sends a message until the server answers it: an unanswered exchange is sent again with the same number."""
    while True:
        try:
            return post(message)
        except urllib.error.HTTPError as refused:
            if refused.code not in (429, 503):
                sys.exit(f"refused: {refused.read().decode()}")
        except OSError as broken:
            print(f"no answer: {broken}", file=sys.stderr)
        time.sleep(0.5)


def run(job):
    """Runs one job and returns its outcome."""
    lease = {"job": job["job"], "attempt": job["attempt"]}
    try:
        x = json.loads(job["params"])["x"]
        result = base64.b64encode(json.dumps(x * x).encode()).decode()
        return lease | {"kind": "succeeded", "result": result, "contentType": "application/json"}
    except Exception as fault:  # an exception of the method fails the job, not the worker
        error = {"type": type(fault).__name__, "message": str(fault), "retryable": True}
        return lease | {"kind": "failed", "error": error}


draining = False


def drain(*_):
    global draining
    draining = True


signal.signal(signal.SIGTERM, drain)
signal.signal(signal.SIGINT, drain)
signal.signal(signal.SIGHUP, drain)
store, number, outcomes = "", 0, []
give_up = None
while True:
    number += 1
    finished = [{"job": o["job"], "attempt": o["attempt"], "started": True, "finished": True} for o in outcomes]
    reply = exchange({"store": store, "worker": NAME, "incarnation": str(INCARNATION), "pool": POOL,
                      "exchangeNumber": str(number), "wait": "0s" if draining else "5s", "slots": 1, "offers": [OFFER],
                      "leasesHeld": finished, "outcomes": outcomes, "draining": draining})
    if number == 1 and "is in use by another incarnation" in reply.get("terminate", "") and not draining:
        # The process that used the name may have been killed. The name is free when it was silent for a lease.
        give_up = give_up or time.monotonic() + float(reply["lease"].rstrip("s")) + 5
        if time.monotonic() < give_up:
            number = 0
            time.sleep(1)
            continue
    if reply.get("terminate"):
        sys.exit(f"terminated: {reply['terminate']}")
    if number == 1:
        print(f"{NAME} has joined and offers {OFFER['method']}@1", flush=True)
    store = reply["store"]
    # Whatever the status of an acknowledgement, the worker can forget the job.
    acknowledged = [(ack["job"], ack["attempt"]) for ack in reply.get("acks", [])]
    outcomes = [o for o in outcomes if (o["job"], o["attempt"]) not in acknowledged]
    outcomes += [run(job) for job in reply.get("leases", [])]
    draining = draining or reply.get("drain", False)
    if draining and not outcomes:
        break
