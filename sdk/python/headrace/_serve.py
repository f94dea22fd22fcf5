"""Runs the jobs of one method: the loop of a warm process (docs/warm-protocol.md)."""
import fcntl
import itertools
import json
import os
import select
import signal
import sys
import threading
import traceback

from . import _protocol as protocol
from . import _values
from ._errors import Cancelled, Failed, Rejected, SubmissionRejected
from ._job import Job

_MAX_MESSAGE = 8_000

# A method that replaces json.loads must not change the params of later jobs.
_loads = json.loads


def serve(method):
    """Runs jobs until the worker closes the pipe."""
    channel = protocol.Channel.inherited()
    if channel.read() is None:
        return
    # A line that a method prints should be in the log before the job ends.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    process = _Process(channel)
    run = process.batch_runner(method) if method.batch else process.runner(method)
    channel.send(protocol.READY)
    while (frame := channel.read()) is not None:
        kind = frame[0]
        if kind == 0x63:  # c: jobs
            run(protocol.jobs_of(frame))
            process.traces.clear()
        elif kind == 0x74:  # t: the trace context of a job of the next call
            process.traces[int.from_bytes(frame[1:5], "little")] = frame[5:].decode()
        elif kind == 0x73:  # s: stop
            return


class _Process:
    """The jobs that run just now, and what reaches them from outside: cancel requests.

    The function runs in the main thread. A request to cancel arrives on the pipe while it runs, and the kernel then
    sends a signal, whose handler raises the exception in the function. No thread waits for requests, so a job costs no
    switch between threads."""

    def __init__(self, channel):
        self._channel = channel
        self.traces = {}
        self._jobs = {}
        self._thread = threading.get_ident()
        self._is_running = self._is_sending = self._is_handling = False
        # The reason why the running function must stop, until Cancelled is raised in it.
        self._must_raise = None
        # The submissions of children that wait for their answers, by their numbers.
        self._submissions, self._numbers = {}, itertools.count(1)
        self._has_signal = True
        signal.signal(signal.SIGIO, self._on_signal)
        fcntl.fcntl(channel.calls, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(channel.calls, fcntl.F_GETFL)
        fcntl.fcntl(channel.calls, fcntl.F_SETFL, flags | os.O_ASYNC)

    def runner(self, method):
        """Returns a function that runs the jobs of a call one after another."""
        function, usual = method.function, method.result_type
        call = self._collect if method.is_generator else self._call
        direct = not (method.takes_others or any(method.readers.values()) or method.job_parameter
                      or method.body_parameter)

        def run(jobs):
            for wire_id, attempt, job_id, params, content_type, body in jobs:
                job = Job(job_id, attempt, None, content_type.decode(), body, wire_id, self, self.traces.get(wire_id))
                try:
                    job.params = arguments = _loads(params) if params else {}
                    if not direct:
                        arguments = _arguments(method, arguments, job)
                    kind, value = call(function, arguments, job)
                    self.send(protocol.result(wire_id, "" if kind == usual else kind, value))
                except BaseException as error:
                    self._end(job, error)

        return run

    def batch_runner(self, method):
        """Returns a function that runs the jobs of a call together."""

        def run(calls):
            jobs, ready = [], []
            for wire_id, attempt, job_id, params, content_type, body in calls:
                job = Job(job_id, attempt, None, content_type.decode(), body, wire_id, self, self.traces.get(wire_id))
                try:
                    job.params = _loads(params) if params else {}
                    ready.append(_arguments(method, job.params, job))
                    jobs.append(job)
                except BaseException as error:
                    self._end(job, error)
            if not jobs:
                return
            try:
                columns = {name: [row[name] for row in ready] for name in ready[0]}
                results = _values.results_of_batch(self._guard(method.function, columns, jobs), len(jobs))
            except BaseException as error:
                results = [error] * len(jobs)
            self._flush()
            # A cancelled job was answered when the request arrived, unless it was alone.
            self.send(b"".join(self._answer(job, result, method.result_type) for job, result in zip(jobs, results)
                               if not job.cancelled or len(jobs) == 1))

        return run

    def _answer(self, job, result, usual):
        """Returns the frame of one result of a batch. Reports an exception in place of a result."""
        try:
            if isinstance(result, BaseException):
                raise result
            kind, value = _values.encode(result)
            return protocol.result(job._wire_id, "" if kind == usual else kind, value)
        except BaseException as error:
            return self._failure(job, error)

    def _call(self, function, arguments, job):
        value = self._guard(function, arguments, [job])
        self._flush()
        return _values.encode(value)

    def _collect(self, function, arguments, job):
        """Runs a generator. Each of its values is a line in the log of the job as soon as it exists."""

        def run(**named):
            parts = []
            for part in function(**named):
                parts.append(part)
                if not isinstance(part, (bytes, bytearray, memoryview)):
                    job.log(part if isinstance(part, str) else _values.json_of(part).decode())
            return parts

        parts = self._guard(run, arguments, [job])
        self._flush()
        return _values.encode_parts(parts)

    def _guard(self, function, arguments, jobs):
        """Calls the function. While it runs, a request to cancel may raise Cancelled in it."""
        self._jobs = {job._wire_id: job for job in jobs}
        self._must_raise = None
        try:
            try:
                self._is_running = True
                if self._has_signal:
                    self._take_requests()
                return function(**arguments)
            finally:
                self._is_running = False
        except Cancelled:
            # The exception may have come between the last line of the function and the one above.
            self._is_running = False
            raise

    def _on_signal(self, *_):
        self._has_signal = True
        if self._is_running:
            self._take_requests()

    def _take_requests(self):
        """Reads the requests that have arrived. Raises Cancelled if the function should stop."""
        if self._is_handling:
            return
        self._is_handling = True
        try:
            while self._has_signal:
                self._has_signal = False
                while select.select([self._channel.calls], [], [], 0)[0]:
                    if not self._channel.receive():
                        os._exit(1)  # The worker has ended, and nobody will ever read the result.
                    while (frame := self._channel.take()) is not None:
                        if frame[0] == 0x78:  # x: cancel
                            self._cancel(int.from_bytes(frame[1:5], "little"), frame[5:].decode("utf-8", "replace"))
                        elif frame[0] in (0x61, 0x64):  # a, d: the answer to a submission
                            self._on_answer(frame)
        finally:
            self._is_handling = False
        if self._must_raise and not self._is_sending:
            self._raise_cancelled()

    def _raise_cancelled(self):
        reason, self._must_raise = self._must_raise, None
        raise Cancelled(reason)

    def _cancel(self, wire_id, reason):
        job = self._jobs.get(wire_id)
        if job is None or job._cancelled:
            return
        job._cancelled = reason or "The job was cancelled."
        if all(other._cancelled for other in self._jobs.values()):
            self._must_raise = job._cancelled
        if len(self._jobs) > 1:
            # The other jobs of a batch go on. The worker should not have to wait for them.
            self.send(protocol.failure(wire_id, protocol.RETRY, "Cancelled", job._cancelled))

    def send(self, frame):
        """Writes a frame as a whole: an exception must not leave a part of it in the pipe."""
        self._channel.send(frame)

    def progress(self, wire_id, fraction, text):
        self._report(protocol.progress(wire_id, fraction, text))

    def log(self, wire_id, text):
        self._report(protocol.log(wire_id, text.rstrip("\n")))

    def submit(self, wire_id, children):
        """Submits children and returns their ids. The answer arrives on the pipe, and the signal handler reads it."""
        number = next(self._numbers)
        submission = self._submissions[number] = _Submission()
        try:
            self._report(protocol.submission(wire_id, number, children))
            while not submission.arrived.acquire(timeout=1):
                if threading.get_ident() == self._thread:
                    self._has_signal = True
                    self._take_requests()
            return submission.ids()
        finally:
            self._submissions.pop(number, None)

    def _on_answer(self, frame):
        number, *answer = protocol.answer_of(frame)
        submission = self._submissions.get(number)
        if submission is not None:
            submission.answer = answer
            submission.arrived.release()

    def _report(self, frame):
        """Sends what a running function reports, which a cancel must not interrupt halfway."""
        if threading.get_ident() != self._thread:
            self._channel.send(frame)
            return
        self._is_sending = True
        try:
            self._channel.send(frame)
        finally:
            self._is_sending = False
        if self._must_raise and self._is_running:
            self._raise_cancelled()

    def _end(self, job, error):
        """Ends a job whose function has raised an exception."""
        self._flush()
        self.send(self._failure(job, error))

    def _failure(self, job, error):
        """Returns the frame for an exception, and writes its traceback to the log of the job."""
        if isinstance(error, Cancelled) or job.cancelled:
            message = job._cancelled or "The method raised Cancelled, but nobody had asked it to stop."
            return protocol.failure(job._wire_id, protocol.RETRY, "Cancelled", message)
        if isinstance(error, Rejected):
            return protocol.failure(job._wire_id, protocol.REJECT, "Rejected", _text(error))
        if isinstance(error, _values.InvalidResult):
            return protocol.failure(job._wire_id, protocol.FAIL, "InvalidResult", _text(error))
        self.send(protocol.log(job._wire_id, _traceback(error)))
        if isinstance(error, SystemExit):
            message = f"The method called sys.exit({'' if error.code is None else repr(error.code)})."
            return protocol.failure(job._wire_id, protocol.RETRY, "SystemExit", message)
        kind = protocol.FAIL if isinstance(error, Failed) and not error.retry else protocol.RETRY
        return protocol.failure(job._wire_id, kind, type(error).__name__, _text(error))

    @staticmethod
    def _flush():
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError, AttributeError):
            pass  # The method has closed or replaced its output.


class _Submission:
    """A submission of children that waits for its answer.

    A lock, unlike an Event, may be released by a signal handler that has interrupted the wait for it."""

    def __init__(self):
        self.answer, self.arrived = None, threading.Lock()
        self.arrived.acquire()

    def ids(self):
        ids, kind, message = self.answer
        if ids is None:
            raise SubmissionRejected(kind, message)
        return ids


def _arguments(method, params, job):
    """Returns the arguments of the function for one job."""
    readers = method.readers
    try:
        if method.takes_others:
            arguments = {name: readers[name](value) if readers.get(name) else value for name, value in params.items()}
        else:
            arguments = {name: readers[name](value) if readers[name] else value for name, value in params.items()}
    except KeyError as unknown:
        raise Rejected(f"The method {method.reference} has no parameter {unknown}.") from None
    except (TypeError, ValueError) as unreadable:
        raise Rejected(f"The params cannot be read: {unreadable}") from None
    if method.job_parameter is not None:
        arguments[method.job_parameter] = job
    if method.body_parameter is not None:
        arguments[method.body_parameter] = job.body
    return arguments


def _text(error):
    try:
        return str(error)[:_MAX_MESSAGE] or type(error).__name__
    except Exception:
        return f"{type(error).__name__}, whose text cannot be shown because its __str__ raises an exception."


def _traceback(error):
    """Returns the traceback without the lines of this file, which say nothing to the author of the method."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip("\n")
