#!/usr/bin/env python3
"""A Headrace worker in Python's standard library: joins a server over HTTP and JSON and squares numbers.

    HEADRACE_SERVER=http://127.0.0.1:8080 HEADRACE_KEY=hr_... python3 worker.py

One slot, one job at a time: it exchanges, runs what it was given, and brings the outcome with the next exchange.
docs/exchange.md explains every member. A method that runs longer than a third of the lease needs a thread that goes on exchanging."""
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
    """Sends the same message until it is answered: an unanswered number is sent again as it is."""
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
    """The outcome of one lease."""
    outcome = {"lease": job["lease"], "kind": "succeeded", "contentType": "application/json"}
    try:
        x = json.loads(job["params"])["x"]
        return outcome | {"result": base64.b64encode(json.dumps(x * x).encode()).decode()}
    except Exception as fault:  # whatever a method throws is its job's failure, not the worker's
        return {"lease": job["lease"], "kind": "failed", "error": {"type": type(fault).__name__, "message": str(fault), "retryable": True}}


draining = False


def drain(*_):
    global draining
    draining = True


signal.signal(signal.SIGTERM, drain)
signal.signal(signal.SIGINT, drain)
store, n, outcomes = "", 0, []
while True:
    n += 1
    reply = exchange({"store": store, "worker": NAME, "incarnation": str(INCARNATION), "pool": "python", "n": str(n), "wait": "0s" if draining else "5s", "slots": 1,
                      "offers": [OFFER], "held": [{"lease": o["lease"], "started": True, "finished": True} for o in outcomes],
                      "outcomes": outcomes, "draining": draining})
    if reply.get("ended"):
        sys.exit(f"ended: {reply['ended']}")
    if n == 1:
        print(f"{NAME} has joined and offers {OFFER['method']}@1", flush=True)
    store, told = reply["store"], [r["lease"] for r in reply.get("recorded", [])]
    outcomes = [o for o in outcomes if o["lease"] not in told]  # recorded, repeated or dropped: done with in each case
    outcomes += [run(job) for job in reply.get("leases", [])]
    draining = draining or reply.get("drain", False)
    if draining and not outcomes:
        break
