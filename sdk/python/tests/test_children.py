"""Runs a warm process whose jobs submit jobs, and takes the part of the worker."""
import json
import os
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest

SCRIPT = textwrap.dedent("""
    import threading
    from headrace import Job, SubmissionRejected, method
    from headrace._serve import serve
    from headrace._methods import registry

    @method(name="parent")
    def parent(job: Job, way: str) -> object:
        if way == "many":
            return job.submit_many("child", [{"n": n} for n in (1, 2)], queue="eu", tags=["t"])
        if way == "thread":
            ids = []
            thread = threading.Thread(target=lambda: ids.append(job.submit("child", {"n": 3}, body="text")))
            thread.start()
            thread.join()
            return ids
        if way == "large":
            return job.submit("child", body=bytes(2 << 20))
        if way.startswith("wrong "):
            try:
                job.submit("child", **{"key": {"key": "k"}, "retries": {"retries": -1}, "params": {
                    "params": {"x": float("nan")}}}[way[6:]])
            except Exception as refused:
                return f"{type(refused).__name__}: {refused}"
        try:
            return job.submit("child")
        except SubmissionRejected as rejected:
            return f"{rejected.kind}: {rejected}"

    serve(registry[0])
""")


class Worker:
    """The other end of the pipes of a warm process."""

    def __init__(self):
        self._file = tempfile.NamedTemporaryFile("w", suffix=".py", delete=False)
        self._file.write(SCRIPT)
        self._file.close()
        calls, self._calls = os.pipe()
        self._answers, answers = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, self._file.name], pass_fds=(calls, answers),
            env={**os.environ, "HEADRACE_WARM": f"{calls},{answers}"})
        os.close(calls)
        os.close(answers)
        self.send(b"h" + struct.pack("<II", 1, 1) + b"parent@1")
        self._expect(b"r" + struct.pack("<I", 3))

    def close(self):
        os.close(self._calls)
        os.close(self._answers)
        self._process.wait(60)
        os.unlink(self._file.name)

    def send(self, content):
        os.write(self._calls, struct.pack("<I", len(content)) + content)

    def call(self, wire_id, way):
        params = json.dumps({"way": way}).encode()
        self.send(b"c" + struct.pack("<IIIQIII", 1, wire_id, 1, 42, len(params), 0, 0) + params)

    def take(self):
        """Returns the next frame, except those of logs."""
        while True:
            length, = struct.unpack("<I", self._read(4))
            frame = self._read(length)
            if frame[:1] != b"l":
                return frame

    def _expect(self, frame):
        taken = self.take()
        assert taken == frame, taken

    def _read(self, count):
        received = b""
        while len(received) < count:
            part = os.read(self._answers, count - len(received))
            assert part, "the process has ended"
            received += part
        return received


def children_of(frame):
    """Returns the id and the number of a submission, and its children as (description, body)."""
    assert frame[:1] == b"n", frame
    wire_id, request, count = struct.unpack_from("<III", frame, 1)
    at, children = 13, []
    for _ in range(count):
        description, body = struct.unpack_from("<II", frame, at)
        at += 8
        children.append((json.loads(frame[at:at + description]), frame[at + description:at + description + body]))
        at += description + body
    return wire_id, request, children


def result_of(frame):
    assert frame[:1] == b"o", frame
    size, = struct.unpack_from("<I", frame, 5)
    return json.loads(frame[9 + size:]) if size == 0 else frame[9 + size:].decode()


class ChildrenTest(unittest.TestCase):
    def setUp(self):
        self.worker = Worker()
        self.addCleanup(self.worker.close)
        timer = threading.Timer(60, self.worker._process.kill)
        timer.start()
        self.addCleanup(timer.cancel)

    def test_several_jobs_are_submitted_in_one_frame_and_their_ids_are_returned(self):
        self.worker.call(7, "many")
        wire_id, request, children = children_of(self.worker.take())
        self.worker.send(b"a" + struct.pack("<IIQQ", wire_id, request, 101, 102))

        self.assertEqual(7, wire_id)
        self.assertEqual([({"method": "child", "queue": "eu", "params": {"n": n}, "tags": ["t"]}, b"")
                          for n in (1, 2)], children)
        self.assertEqual([101, 102], result_of(self.worker.take()))

    def test_a_thread_of_the_method_submits_a_job_with_a_body(self):
        self.worker.call(8, "thread")
        wire_id, request, children = children_of(self.worker.take())
        self.worker.send(b"a" + struct.pack("<IIQ", wire_id, request, 5))

        self.assertEqual([({"method": "child", "params": {"n": 3}, "contentType": "text/plain"}, b"text")], children)
        self.assertEqual([5], result_of(self.worker.take()))

    def test_a_rejection_is_an_exception_with_its_kind(self):
        self.worker.call(9, "one")
        wire_id, request, _ = children_of(self.worker.take())
        self.worker.send(b"d" + struct.pack("<III", wire_id, request, 10) + b"queue-full" + "Voll: ž".encode())

        self.assertEqual("queue-full: Voll: ž", result_of(self.worker.take()))

    def test_an_invalid_child_is_refused_before_it_is_sent(self):
        for way, text in (
                ("key", "TypeError: A child has no key, because it exists only if this attempt succeeds: otherwise it "
                        "is removed, and the next attempt submits its own. Leave key out. To find the child, use tags "
                        "or the id that submit returns."),
                ("retries", "ValueError: retries is -1. Use a whole number from 0 to 1000."),
                ("params", "HeadraceError: The params contain nan at $.x, which JSON cannot represent. Use None or a "
                           "string instead.")):
            self.worker.call(9, f"wrong {way}")
            self.assertEqual(text, result_of(self.worker.take()))

    def test_a_cancel_ends_the_wait(self):
        self.worker.call(10, "one")
        children_of(self.worker.take())
        self.worker.send(b"x" + struct.pack("<I", 10) + b"Stop now.")

        failure = self.worker.take()
        self.assertEqual(b"f", failure[:1])
        self.assertIn(b"Stop now.", failure)

    def test_jobs_that_exceed_a_frame_are_refused_before_they_are_sent(self):
        self.worker.call(11, "large")

        failure = self.worker.take()
        self.assertEqual(b"f", failure[:1])
        self.assertIn(b"at most", failure)
