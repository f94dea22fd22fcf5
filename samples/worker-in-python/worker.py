#!/usr/bin/env python3
"""A Headrace worker in Python's standard library. It joins a server over HTTP with JSON and squares numbers.

    HEADRACE_SERVER=http://127.0.0.1:8080 HEADRACE_KEY=hr_... python3 worker.py

It has one slot: it fetches a job with an exchange, runs it, and sends the outcome with the next exchange.
docs/exchange.md explains every member. A method that may run longer than a third of the lease needs a thread that keeps
sending exchanges."""
import base64, json, os, secrets, signal, socket, sys, time, urllib.error, urllib.request

SERVER, KEY = os.environ["HEADRACE_SERVER"], os.environ["HEADRACE_KEY"]
NAME = f"{socket.gethostname().lower()}-python-{os.getpid()}"
INCARNATION = secrets.randbits(63) + 1
SCHEMA = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"], "additionalProperties": False}
OFFER = {"method": "py.square", "version": 1, "schema": json.dumps(SCHEMA)}


def post(message):
    request = urllib.request.Request(f"{SERVER}/v1/workers/{NAME}/exchange", json.dumps(message).encode(),
                                     {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as reply:
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
store, number, outcomes = "", 0, []
while True:
    number += 1
    finished = [{"job": o["job"], "attempt": o["attempt"], "started": True, "finished": True} for o in outcomes]
    reply = exchange({"store": store, "worker": NAME, "incarnation": str(INCARNATION), "pool": "python",
                      "exchangeNumber": str(number), "wait": "0s" if draining else "5s", "slots": 1, "offers": [OFFER],
                      "leasesHeld": finished, "outcomes": outcomes, "draining": draining})
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
