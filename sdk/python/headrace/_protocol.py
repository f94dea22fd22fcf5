"""The frames of docs/warm-protocol.md over the two inherited pipes."""
import os
import struct
import threading
from collections import deque

# Version 2 receives the trace contexts of its jobs, and the reasons of cancels. In version 3, jobs submit children.
VERSION = 3
RETRY, FAIL, REJECT = 0, 1, 2
VARIABLE = "HEADRACE_WARM"

_LENGTH = struct.Struct("<I")
_JOB = struct.Struct("<IIQIII")
_READ_SIZE = 256 << 10

#: The largest frame that a worker reads, without its length.
MAX_FRAME = (1 << 20) + (64 << 10)


def jobs_of(frame):
    """Returns the jobs of a call as tuples: id, attempt, job, params, content type, body."""
    jobs, at, job_size = [], 5, _JOB.size
    for _ in range(_LENGTH.unpack_from(frame, 1)[0]):
        wire_id, attempt, job, params, content_type, body = _JOB.unpack_from(frame, at)
        at += job_size
        params_end = at + params
        type_end = params_end + content_type
        end = type_end + body
        jobs.append((wire_id, attempt, job, frame[at:params_end], frame[params_end:type_end], frame[type_end:end]))
        at = end
    return jobs


def result(wire_id, content_type, value):
    """Returns the frame of a result. An empty content type stands for that of the manifest."""
    content_type = content_type.encode()
    return struct.pack("<IcII", 9 + len(content_type) + len(value), b"o", wire_id, len(content_type)) \
        + content_type + value


def failure(wire_id, kind, error_type, message):
    error_type, message = error_type.encode("utf-8", "replace"), message.encode("utf-8", "replace")
    return struct.pack("<IcIBI", 10 + len(error_type) + len(message), b"f", wire_id, kind, len(error_type)) \
        + error_type + message


def progress(wire_id, fraction, text):
    text = _cut(text, 1_000)
    return struct.pack("<IcId", 13 + len(text), b"p", wire_id, fraction) + text


def log(wire_id, text):
    text = _cut(text, 256 << 10)
    return struct.pack("<IcI", 5 + len(text), b"l", wire_id) + text


def submission(wire_id, request, children):
    """Returns the frame by which a job submits children: pairs of a description and a body, both as bytes."""
    content = b"".join(
        [struct.pack("<cIII", b"n", wire_id, request, len(children))]
        + [struct.pack("<II", len(description), len(body)) + description + body for description, body in children])
    if len(content) > MAX_FRAME:
        raise ValueError(f"The {len(children)} jobs have {len(content)} bytes with their bodies; at most {MAX_FRAME} "
                         "can be submitted at once. Submit fewer of them together.")
    return _LENGTH.pack(len(content)) + content


def answer_of(frame):
    """Returns the number of a submission, the ids of its children or None, and the kind and text of a rejection."""
    request = _LENGTH.unpack_from(frame, 5)[0]
    if frame[0] == 0x61:  # a: accepted
        return request, [number for number, in struct.iter_unpack("<Q", frame[9:])], None, None
    end = 13 + _LENGTH.unpack_from(frame, 9)[0]
    return request, None, frame[13:end].decode("utf-8", "replace"), frame[end:].decode("utf-8", "replace")


def _cut(text, limit):
    """Returns the beginning of a text as bytes. A frame has about 1 MB at most, and logs keep less than that."""
    encoded = text[:limit].encode("utf-8", "replace")
    return encoded if len(text) <= limit else encoded + f"… ({len(text) - limit} more characters)".encode()


READY = struct.pack("<IcI", 5, b"r", VERSION)


class Channel:
    """Reads and writes frames. Only the main thread reads. Any thread may write, and so may a signal handler: frames
    are put into a queue, and whoever holds the lock writes all of it, so nobody ever waits for the lock."""

    def __init__(self, calls, answers):
        self._calls, self._answers = calls, answers
        # Grows without copying what is there: a call with large bodies arrives in many pieces.
        self._received = bytearray()
        self._outbox = deque()
        self._lock = threading.Lock()

    @classmethod
    def inherited(cls):
        calls, answers = (int(number) for number in os.environ[VARIABLE].split(","))
        for descriptor in (calls, answers):
            os.set_inheritable(descriptor, False)
        return cls(calls, answers)

    @property
    def calls(self):
        """The descriptor that frames are read from."""
        return self._calls

    def read(self):
        """Waits for the next frame. Returns its type and content, or None after the end of the pipe."""
        frame = self.take()
        while frame is None:
            if not self.receive():
                return None
            frame = self.take()
        return frame

    def receive(self):
        """Reads what has arrived, and waits if that is nothing. Returns False at the end of the pipe."""
        received = os.read(self._calls, _READ_SIZE)
        self._received += received
        return bool(received)

    def take(self):
        """Takes a complete frame out of what was received, if there is one."""
        received = self._received
        if len(received) < 4:
            return None
        end = 4 + _LENGTH.unpack_from(received)[0]
        if len(received) < end:
            return None
        frame = bytes(memoryview(received)[4:end])
        del received[:end]
        return frame

    def send(self, frame):
        self._outbox.append(frame)
        while self._outbox and self._lock.acquire(False):
            try:
                while self._outbox:
                    self._write(self._outbox.popleft())
            finally:
                self._lock.release()

    def _write(self, frame):
        while frame:
            frame = frame[os.write(self._answers, frame):]
