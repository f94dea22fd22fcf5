"""Submits jobs, waits for them and reads their results."""
import base64
import json
import os
import time
import urllib.parse

from ._errors import JobNotSucceeded, Problem
from ._submission import describe
from ._transport import Transport

_ENDED = ("succeeded", "failed", "cancelled")
_LONGEST_WAIT = 30
# Larger requests were not faster (docs/performance.md).
_CHUNK_JOBS, _CHUNK_CHARACTERS = 1_000, 4 << 20
_PAGE = 1_000
_FIRST_POLL, _LONGEST_POLL = 0.01, 0.25


class Client:
    """A client of one server. It can be used by several threads, and as a context manager.

    Without arguments it finds the server and the key as the command line does: HEADRACE_SERVER and HEADRACE_KEY, then
    `server` in the user's config.json, then the newest server of this user on this machine; the key is that of the
    user's login, or the admin key of a local server.

    Every submission has an idempotency key. It is therefore sent again without a second job while the server cannot
    answer (for `retry_timeout` seconds) or its queue is full (for `queue_full_timeout` seconds)."""

    def __init__(self, server=None, key=None, retry_timeout=60, queue_full_timeout=60):
        self._transport = Transport(server, key, retry_timeout, queue_full_timeout)
        self._queue_full_timeout = queue_full_timeout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes the connections. Jobs are not affected."""
        self._transport.close()

    @property
    def server(self):
        """The address of the server."""
        return self._transport.endpoint.text

    def submit(self, method, params=None, **options):
        """Submits a job and returns its handle. The job is on the disk of the server by then.

        Options: body (bytes or text), content_type, queue, priority (a whole number), scheduled_at (a datetime) or
        delay (the time until then), deadline (a datetime), time_limit, retries (a whole number) or retry (a policy such
        as {"max": 5, "delay": "1s"}), tags (texts), key (the idempotency key). delay and time_limit are seconds, a
        timedelta, or a text such as "10m". A datetime without a zone is in that of this machine."""
        spec = _spec(method, params, **options)
        _, _, reply = self._post(spec)
        return Handle(self, json.loads(reply)["id"], spec)

    def submit_many(self, method, params, **options):
        """Submits a job for each of the params, in batches, and returns the handles in the same order. Raises Problem
        if the server rejects one; the other jobs of its batch are submitted all the same."""
        handles, specs, lines, size = [], [], [], 0
        for one in params:
            specs.append(_spec(method, one, **options))
            lines.append(json.dumps(specs[-1]) + "\n")
            size += len(lines[-1])
            if len(specs) == _CHUNK_JOBS or size >= _CHUNK_CHARACTERS:
                handles += self._submit_chunk(specs, lines)
                specs, lines, size = [], [], 0
        return handles + self._submit_chunk(specs, lines) if specs else handles

    def run(self, method, params=None, timeout=None, **options):
        """Submits a job, waits for it, and returns its result. Raises JobNotSucceeded if it has none, and TimeoutError
        after `timeout` seconds; the job then goes on."""
        until = _deadline(timeout)
        spec = _spec(method, params, **options)
        _, _, reply = self._post(spec, {"Prefer": f"wait={_wait_seconds(until)}"})
        job = json.loads(reply)
        return Handle(self, job["id"], spec)._result_of(job, until)

    def map(self, method, params, timeout=None, **options):
        """Submits a job for each of the params, and yields the results in their order, each as soon as it and those
        before it exist."""
        handles = self.submit_many(method, params, **options)

        def results():
            place = {handle.id: i for i, handle in enumerate(handles)}
            ended, following = {}, 0
            for handle in self.as_completed(handles, timeout):
                ended[place[handle.id]] = handle
                while following in ended:
                    yield ended.pop(following).result()
                    following += 1

        return results()

    def as_completed(self, handles, timeout=None):
        """Yields the handles in the order in which their jobs end."""
        pending = {handle.id: handle for handle in handles}
        until, pause = _deadline(timeout), _FIRST_POLL
        for handle in [handle for handle in pending.values() if handle._job is not None]:
            yield pending.pop(handle.id)
        while pending:
            ended = self._ended_of(pending)
            for handle in ended:
                yield pending.pop(handle.id)
            if ended:
                pause = _FIRST_POLL
                continue
            if time.monotonic() >= until:
                raise TimeoutError(f"{len(pending)} of the jobs have not ended within {timeout} s.")
            time.sleep(max(0, min(pause, until - time.monotonic())))
            pause = min(2 * pause, _LONGEST_POLL)

    def wait(self, handles, timeout=None):
        """Waits until the jobs have ended, or for `timeout` seconds. Returns those that have ended and the others."""
        handles = list(handles)
        try:
            for _ in self.as_completed(handles, timeout):
                pass
        except TimeoutError:
            pass
        return [h for h in handles if h._job is not None], [h for h in handles if h._job is None]

    def cancel(self, job):
        """Cancels a job, given by its handle or id. Returns False if it had ended already."""
        return self.job(job).cancel()

    def job(self, job):
        """Returns the handle of a job that was submitted earlier, perhaps by another program."""
        return job if isinstance(job, Handle) else Handle(self, str(job), {})

    def feed(self, name):
        """Returns a feed, which delivers the ended jobs of a queue to its consumers. It need not exist yet."""
        from ._feeds import Feed
        return Feed(self, name)

    def _ended(self, job):
        """Returns the handle of a job that has ended, as the server describes it."""
        handle = Handle(self, job["id"], {})
        handle._job = job
        return handle

    def _post(self, spec, headers=None):
        return self._transport.request("POST", "/v1/jobs", json.dumps(spec).encode(),
                                       {"Content-Type": "application/json", **(headers or {})})

    def _get(self, path):
        return json.loads(self._transport.request("GET", path)[2])

    def _submit_chunk(self, specs, lines):
        """Submits jobs in one request. Those that a full queue or disk rejects are sent again."""
        handles, problems, left = [None] * len(specs), [], list(range(len(specs)))
        started, pause = time.monotonic(), _FIRST_POLL
        while left:
            _, _, reply = self._transport.request("POST", "/v1/jobs:batch", "".join([lines[i] for i in left]).encode(),
                                                  {"Content-Type": "application/jsonl"})
            again, after = [], 0
            # One call for all lines: a call for each of them would take ten times as long.
            for i, outcome in zip(left, json.loads(b"[%s]" % b",".join(reply.splitlines()))):
                problem = outcome.get("problem")
                if problem is None:
                    handles[i] = Handle(self, outcome["id"], specs[i])
                elif problem.get("status") in (429, 503):
                    again.append(i)
                    after = max(after, problem.get("retryAfter") or 0)
                    last = problem
                else:
                    problems.append(Problem(problem.get("status"), problem))
            left = again
            if not left:
                break
            pause = max(after, min(2 * pause, _LONGEST_POLL))
            if time.monotonic() - started + pause > self._queue_full_timeout:
                problems.append(Problem(last.get("status"), last, after))
                break
            time.sleep(pause)
        if problems:
            raise problems[0]
        return handles

    def _ended_of(self, pending):
        """Returns the handles of pending jobs that have ended, the first to end first. The latest results of a queue
        cost one request, however many jobs are pending. A job that is no longer among them is found by a request of
        its own: that of the oldest one."""
        ended = []
        oldest = next(iter(pending.values()))
        for queue in {handle._find_queue() for handle in pending.values()}:
            top = min(_PAGE, 2 * len(pending) + 10)
            page = self._get(f"/v1/results?queue={urllib.parse.quote(queue)}&top={top}")
            for job in reversed(page):
                handle = pending.get(job["id"])
                if handle is not None and handle._job is None:
                    handle._job = job
                    ended.append(handle)
        if oldest._job is None and oldest._refresh() is not None:
            ended.insert(0, oldest)
        return ended


class Handle:
    """A job that was submitted."""

    def __init__(self, client, id, spec):
        #: The id of the job.
        self.id = id
        self._client, self._spec, self._job = client, spec, None

    def status(self):
        """Returns the job as the server describes it: state, progress, error and more (docs/contract.md)."""
        return self._job or self._client._get(f"/v1/jobs/{self.id}")

    @property
    def state(self):
        """The state of the job: scheduled, ready, running, succeeded, failed or cancelled."""
        return self.status()["state"]

    def done(self):
        """Returns whether the job has ended."""
        return self._job is not None or self._refresh() is not None

    def wait(self, timeout=None):
        """Waits until the job has ended, and returns it as `status` does."""
        until = _deadline(timeout)
        while self._job is None:
            if self._refresh(_wait_seconds(until)) is None and time.monotonic() >= until:
                raise TimeoutError(f"Job {self.id} has not ended within {timeout} s.")
        return self._job

    def result(self, timeout=None):
        """Waits for the job, and returns its result: what JSON says, a text, or bytes. Raises JobNotSucceeded if the
        job has failed or was cancelled."""
        return self._result_of(self.wait(timeout), float("inf"))

    def cancel(self):
        """Cancels the job. Returns False if it had ended already. A running method is asked to stop."""
        try:
            self._client._transport.request("DELETE", f"/v1/jobs/{self.id}")
            return True
        except Problem as problem:
            if problem.status == 409:
                return False
            raise

    def retry(self):
        """Makes a failed or cancelled job unfinished again. Raises Problem if it has succeeded or not ended."""
        self._client._transport.request("POST", f"/v1/jobs/{self.id}:retry", b"", {"Content-Type": "application/json"})
        self._job = None

    def log(self):
        """Returns what the attempts of the job have logged."""
        return self._client._transport.request("GET", f"/v1/jobs/{self.id}/log")[2].decode("utf-8", "replace")

    def why(self):
        """Returns where the job is, and what it waits for."""
        return self._client._get(f"/v1/jobs/{self.id}/why")["why"]

    def _refresh(self, seconds=0):
        """Asks the server for the job. Returns it if it has ended."""
        job = self._client._get(f"/v1/jobs/{self.id}" + (f"?wait={seconds}" if seconds else ""))
        self._job = job if job["state"] in _ENDED else None
        return self._job

    def _find_queue(self):
        if "queue" not in self._spec:
            self._spec["queue"] = self.status()["queue"]
        return self._spec["queue"]

    def _result_of(self, job, until):
        if job["state"] not in _ENDED:
            while self._refresh(_wait_seconds(until)) is None:
                if time.monotonic() >= until:
                    raise TimeoutError(f"Job {self.id} has not ended in time. It goes on.")
            job = self._job
        self._job = job
        if job["state"] != "succeeded":
            raise JobNotSucceeded(job)
        kind = job.get("resultType", "")
        if "result" in job and _is_json(kind):
            return job["result"]
        if "result" in job and isinstance(job["result"], str) and kind.startswith("text/"):
            return job["result"]
        _, headers, content = self._client._transport.request("GET", f"/v1/jobs/{self.id}/result")
        kind = headers.get("Content-Type", kind)
        if _is_json(kind):
            return json.loads(content)
        return content.decode("utf-8", "replace") if kind.startswith("text/") else content

    def __repr__(self):
        return f"<Job {self.id}>"


def _is_json(content_type):
    kind = content_type.split(";")[0].strip()
    return kind == "application/json" or kind.endswith("+json")


def _spec(method, params, *, queue="default", key=None, **options):
    """Returns a job as the server reads it."""
    spec, body = describe(method, params, queue=queue, **options)
    if body is not None:
        spec["bodyBase64"] = base64.b64encode(body).decode()
    spec["idempotencyKey"] = key or os.urandom(16).hex()
    return spec


def _deadline(timeout):
    return float("inf") if timeout is None else time.monotonic() + timeout


def _wait_seconds(until):
    """The server waits for whole seconds. The last one may be longer than the caller wants to wait."""
    left = until - time.monotonic()
    return _LONGEST_WAIT if left >= _LONGEST_WAIT else max(0, int(left + 0.999))
