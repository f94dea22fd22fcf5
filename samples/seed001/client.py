#!/usr/bin/env python3
"""A client of seed system 001 in Python's standard library: enqueues files, pulls until every digest has arrived, and
prints the digests.

    client.py URL ITERATIONS FILE...
"""
import base64, hashlib, re, sys, time, urllib.error, urllib.request

LINE = re.compile(r"work_id: (\S+), value: (.*)")


def enqueue(url, body, iterations):
    """Enqueues a work item and returns its number. Retries after the time that the server specifies when the queue is
    full. The digest header lets the server detect a body that was corrupted in transit."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    headers = {"Content-Digest": f"sha-256=:{digest}:"}
    request = urllib.request.Request(f"{url}/enqueue?iterations={iterations}", body, headers, method="PUT")
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.read().decode().removeprefix("work id: ")
        except urllib.error.HTTPError as refused:
            if refused.code not in (429, 503):
                raise
            time.sleep(float(refused.headers.get("Retry-After", 1)))


def pull(url, top):
    """Returns the latest results that no client has pulled yet, as {number: digest}."""
    request = urllib.request.Request(f"{url}/pullCompleted?top={top}", b"", method="POST")
    with urllib.request.urlopen(request, timeout=60) as reply:
        return dict(LINE.findall(reply.read().decode()))


def sha512(body, iterations):
    """Computes the expected digest: hashes the body, then the digest repeatedly, `iterations` hashes in total."""
    value = hashlib.sha512(body).digest()
    for _ in range(iterations - 1):
        value = hashlib.sha512(value).digest()
    return value.hex()


def main(url, iterations, *files):
    work = {enqueue(url, open(file, "rb").read(), iterations): file for file in files}
    while work:
        for number, digest in pull(url, 100).items():
            print(digest, work.pop(number, f"work item {number} of another client"))
        time.sleep(0.5)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
