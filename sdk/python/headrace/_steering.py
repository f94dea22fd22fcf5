"""For programs that decide by each result which tasks to run next: topics, results as they come, and slots."""
import collections
import datetime
import json
import threading
import time
import urllib.parse

from ._client import _deadline, _ENDED, _wait_seconds
from ._errors import HeadraceError, JobNotSucceeded, Problem

_PART, _LONGEST_DATA = 55, 700
_POLL = 0.2
_OVERLAP = 1_000


class Steering:
    """Sends tasks and receives their results in the order in which they end, separately for each topic.

    Each topic has a queue and a feed of the server, NAME.TOPIC; the topic "default" always exists. Tasks and results
    are on the disk of the server: a program that is restarted with the same name receives the results that it has not
    received before. An instance can be used by several threads, and as a context manager, which closes it."""

    def __init__(self, client, name, topics=()):
        self._client, self._name = client, name
        #: The names of the topics.
        self.topics = tuple(dict.fromkeys(("default", *topics)))
        for topic in self.topics:
            client.feed(self._queue(topic)).create(self._queue(topic), "now", "all")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        # After an exception, the results stay for a program that continues this one.
        if kind is None:
            self.close()

    def send(self, method, params=None, topic="default", data=None, tags=(), **options):
        """Sends a task and returns its handle. The task is on the disk of the server by then.

        `data` is a JSON value of the program, which the result returns untouched. The options are those of
        `Client.submit`."""
        self._require(topic)
        created = datetime.datetime.now(datetime.timezone.utc)
        return self._client.submit(method, params, queue=self._queue(topic),
                                   tags=[*_tags_of(data, created), *tags], **options)

    def receive(self, topic="default", timeout=None):
        """Waits for the next task of a topic that ends, also one that fails, and returns its `Result`. Each result is
        received once. Raises TimeoutError after `timeout` seconds."""
        self._require(topic)
        feed, until = self._client.feed(self._queue(topic)), _deadline(timeout)
        while True:
            for delivery in feed.pull(top=1, wait=_wait_seconds(until)):
                result = Result(topic, delivery.job, delivery.job.status())
                result._read_value()
                feed.ack(delivery)
                return result
            if time.monotonic() >= until:
                raise TimeoutError(f"No task of the topic {topic!r} has ended within {timeout} s.")

    def follow(self, task):
        """Yields each JSON value that a task logs, as a result that is not complete, and then its result.

        A generator logs each value that it yields. `receive` returns the result as well."""
        task, parts = self._client.job(task), _Parts()
        while True:
            job = task.status()
            log = "" if not job.get("attempt") else self._log(task, job["attempt"])
            topic = job["queue"][len(self._name) + 1:]
            for part in parts.next(job.get("attempt"), log + "\n" * (job["state"] in _ENDED)):
                yield Result(topic, task, job, part)
            if job["state"] in _ENDED:
                result = Result(topic, task, job)
                result._read_value()
                yield result
                return
            time.sleep(_POLL)

    def count_active(self, topic="default"):
        """Returns how many tasks of a topic have not ended."""
        self._require(topic)
        try:
            return self._client._get(f"/v1/queues/{urllib.parse.quote(self._queue(topic), safe='')}")["jobs"]
        except Problem as problem:
            if problem.status == 404:
                return 0
            raise

    def close(self):
        """Closes the topics. Results that have not been received are not delivered any more, but stay readable."""
        for topic in self.topics:
            self._client.feed(self._queue(topic)).delete()

    def _log(self, task, attempt):
        path = f"/v1/jobs/{task.id}/log?attempt={attempt}"
        return self._client._transport.request("GET", path)[2].decode("utf-8", "replace")

    def _queue(self, topic):
        return f"{self._name}.{topic}"

    def _require(self, topic):
        if topic not in self.topics:
            raise HeadraceError(f"The topic {topic!r} was not opened. Open topics: {', '.join(sorted(self.topics))}.")


class Result:
    """The result of a task, or a part of it."""

    def __init__(self, topic, task, job, *part):
        #: The topic and the handle of the task, and its job as the server describes it (docs/contract.md).
        self.topic, self.task, self.job = topic, task, job
        #: Whether the task has ended. A part that a running task has returned is not complete.
        self.complete = not part
        #: The value, or the part; None if the task has failed.
        self.value = part[0] if part else None
        #: Why the task has no value, as text; None if it has one.
        self.failure = None
        #: The data that the program sent with the task, and when it created the task, by its own clock.
        self.data, self.created = _read_tags(job)
        #: When this program received the result, by its own clock.
        self.received = datetime.datetime.now(datetime.timezone.utc)

    @property
    def success(self):
        """Whether the task has ended with a value."""
        return self.complete and self.failure is None

    @property
    def wait_time(self):
        """How many seconds the task waited for a worker; None if none has run it."""
        return _seconds(self.job.get("submitted"), self.job.get("claimed"))

    @property
    def run_time(self):
        """How many seconds the last attempt ran; None if it has not ended."""
        return _seconds(self.job.get("started"), self.job.get("ended"))

    @property
    def efficiency(self):
        """The part of the time from the creation to the receipt in which the task ran, 0 to 1."""
        whole = (self.received - self.created).total_seconds()
        return None if self.run_time is None or whole <= 0 else min(1.0, self.run_time / whole)

    def _read_value(self):
        try:
            self.value = self.task.result()
        except JobNotSucceeded as failure:
            self.failure = str(failure)

    def __repr__(self):
        return f"<Result of {self.task!r}{'' if self.complete else ', a part'}>"


class ResourceCounter:
    """Counts the slots that a program divides among its kinds of tasks.

    A slot belongs to a pool, or to the reserve of slots that are in no pool. Whoever sends a task acquires a slot of
    its pool first, and releases it when the result has arrived. An instance can be used by several threads."""

    def __init__(self, total, pools):
        #: The number of slots in all pools and in the reserve.
        self.total = total
        self._changed = threading.Condition()
        self._reserve = total
        self._allocated, self._free = dict.fromkeys(pools, 0), dict.fromkeys(pools, 0)
        self._waiting = {pool: collections.deque() for pool in pools}

    @property
    def reserve(self):
        """The number of slots that are in no pool."""
        return self._reserve

    def allocated(self, pool):
        """The number of slots of a pool, free and acquired ones."""
        self._require(pool)
        return self._allocated[pool]

    def free(self, pool):
        """The number of free slots of a pool."""
        self._require(pool)
        return self._free[pool]

    def acquire(self, pool, slots=1, timeout=None, cancel=None):
        """Acquires slots of a pool; those who wait are served in the order of their calls. Returns False after
        `timeout` seconds, or when the event `cancel` is set; nothing is acquired then."""
        self._require(pool)
        if slots < 1:
            raise ValueError(f"slots is {slots}; it must be at least 1.")
        until, ticket = _deadline(timeout), object()
        with self._changed:
            queue = self._waiting[pool]
            queue.append(ticket)
            try:
                while queue[0] is not ticket or self._free[pool] < slots:
                    left = until - time.monotonic()
                    if left <= 0 or cancel is not None and cancel.is_set():
                        return False
                    self._changed.wait(min(left, _POLL if cancel is not None else left, 3600))
                self._free[pool] -= slots
                return True
            finally:
                queue.remove(ticket)
                self._changed.notify_all()

    def release(self, pool, slots=1):
        """Releases acquired slots of a pool."""
        self._require(pool)
        with self._changed:
            acquired = self._allocated[pool] - self._free[pool]
            if not 1 <= slots <= acquired:
                raise ValueError(f"slots is {slots}, but the pool {pool!r} has {acquired} acquired slots.")
            self._free[pool] += slots
            self._changed.notify_all()

    def allocate(self, pool, slots):
        """Moves slots from the reserve to a pool."""
        self._require(pool)
        with self._changed:
            if not 0 <= slots <= self._reserve:
                raise ValueError(f"slots is {slots}, but the reserve has {self._reserve} slots.")
            self._reserve -= slots
            self._add(pool, slots)

    def reallocate(self, source, target, slots=None, timeout=None, cancel=None):
        """Moves slots from a pool to another one, or to the reserve if `target` is None, when they are free. Without
        `slots`, moves all that the pool has now. Returns False if they were not free in time; nothing is moved then."""
        self._require(source)
        if target is not None:
            self._require(target)
        count = self._allocated[source] if slots is None else slots
        if not 0 <= count <= self._allocated[source]:
            raise ValueError(f"slots is {slots}, but the pool {source!r} has {self._allocated[source]} slots.")
        if count and not self.acquire(source, count, timeout, cancel):
            return False
        with self._changed:
            self._allocated[source] -= count
            if target is None:
                self._reserve += count
            else:
                self._add(target, count)
        return True

    def _add(self, pool, slots):
        self._allocated[pool] += slots
        self._free[pool] += slots
        self._changed.notify_all()

    def _require(self, pool):
        if pool not in self._allocated:
            raise HeadraceError(f"There is no pool {pool!r}. Pools: {', '.join(sorted(self._allocated))}.")


class _Parts:
    """Finds the lines of a log that are JSON, each once, although the whole log is read each time."""

    def __init__(self):
        self._attempt, self._read = None, ""

    def next(self, attempt, log):
        if attempt != self._attempt:
            self._attempt, self._read = attempt, ""
        # The last line may not be complete.
        log = log[:log.rfind("\n") + 1]
        rest, self._read = self._unread(log), log
        for line in rest.splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                pass

    def _unread(self, log):
        if log.startswith(self._read):
            return log[len(self._read):]
        # The server drops the first lines of a long log.
        end = self._read[-_OVERLAP:]
        at = log.rfind(end)
        return log if at < 0 else log[at + len(end):]


def _tags_of(data, created):
    """Keeps the data of a task in the tags of its job. A tag has at most 64 characters. The C# client reads them."""
    tags = [f"created={created.isoformat()}"]
    if data is None:
        return tags
    text = json.dumps(data, separators=(",", ":"))
    if len(text) > _LONGEST_DATA:
        raise HeadraceError(f"The data of a task has {len(text)} characters of JSON; the limit is {_LONGEST_DATA}. "
                            "Keep the rest in your program, under a name that the data contains.")
    parts = [text[i:i + _PART] for i in range(0, len(text), _PART)]
    return tags + [f"data.{i}={part}" for i, part in enumerate(parts)]


def _read_tags(job):
    tags = dict(tag.split("=", 1) for tag in job.get("tags", ()) if "=" in tag)
    text, part = "", 0
    while f"data.{part}" in tags:
        text += tags[f"data.{part}"]
        part += 1
    created = _time(tags["created"] if "created" in tags else job["submitted"])
    return json.loads(text) if text else None, created


def _time(text):
    """Reads a time of the server or of a client. Python 3.9 reads neither Z nor seven digits of a fraction."""
    whole, _, fraction = text.replace("Z", "+00:00").partition(".")
    if fraction:
        digits = len(fraction) - len(fraction.lstrip("0123456789"))
        whole += "." + fraction[:digits][:6].ljust(6, "0") + fraction[digits:]
    return datetime.datetime.fromisoformat(whole)


def _seconds(start, end):
    # The worker reports the start, and the server records the end, so a short run can seem to be negative.
    return None if start is None or end is None else max(0.0, (_time(end) - _time(start)).total_seconds())
