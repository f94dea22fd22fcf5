#!/usr/bin/env python3
"""A client of seed system 004 in Python's standard library: measures a problem with all methods, and prints the methods
by time and by error.

    client.py URL PROBLEM [S=90,100,110 K=100 T=1.0 r=0.03 sig=0.15]
"""
import json, sys, time, urllib.error, urllib.parse, urllib.request


def reject(constant):
    raise ValueError(f"{constant} is not JSON")


def call(url, path, method="GET", body=None, query=None, headers=None):
    """Returns the status, the JSON and the headers of a reply. NaN, which other JSON libraries reject, is an error."""
    address = url + path + (f"?{urllib.parse.urlencode(query)}" if query else "")
    content = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(address, content, headers or {}, method=method)
    if content is not None and not request.has_header("Content-type"):
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=90) as reply:
            return reply.status, json.loads(reply.read(), parse_constant=reject), reply.headers
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read(), parse_constant=reject), refused.headers


def measure(url, path, progress=lambda done, jobs: None, **arguments):
    """Repeats a request until the measurement is complete, and returns the reply. Status 202 means that jobs are
    unfinished, and 503 that no worker has joined yet."""
    while True:
        status, reply, headers = call(url, path, **arguments)
        if status == 200:
            return reply
        if status not in (202, 429, 503):
            raise SystemExit(f"{path}: {reply['detail']}")
        if status == 202:
            progress(reply["done"], reply["jobs"])
        time.sleep(float(headers.get("Retry-After", 1)))


def main(url, problem, *settings):
    query = dict(setting.split("=", 1) for setting in settings)
    reply = measure(url, f"/problem/{problem}", lambda done, jobs: print(f"{done} of {jobs}"), query=query)
    table = reply["benchmark"]
    rows = list(zip(table["methods"], table["time"], table["relerr"], table["reason"]))
    print(f"{len(rows)} methods in {reply['time']:.1f} s")
    for name, seconds, error, _ in sorted((row for row in rows if row[1] is not None), key=lambda row: row[1]):
        print(f"{name:10} {seconds:10.2e} s   error {'-' if error is None else format(error, '.1e')}")
    for name, seconds, _, reason in rows:
        if seconds is None:
            print(f"{name:10} {reason}")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
