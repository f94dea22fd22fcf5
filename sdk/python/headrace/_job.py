"""The job that a method runs."""
import json
import math

from ._errors import Cancelled


class Job:
    """A parameter of a method with this type receives the job: its identity, and the means to report about it."""

    __slots__ = ("id", "attempt", "params", "content_type", "body", "traceparent", "_wire_id", "_reporter",
                 "_cancelled")

    def __init__(self, id, attempt, params, content_type, body, wire_id=0, reporter=None, traceparent=None):
        #: The id of the job and the number of the attempt. Together they are unique.
        self.id, self.attempt = id, attempt
        #: The params as a dict, and the body as bytes.
        self.params, self.content_type, self.body = params, content_type, body
        #: The W3C trace context of this attempt, or None. Pass it on as the header traceparent.
        self.traceparent = traceparent
        # Why the job should stop; empty while it should not.
        self._wire_id, self._reporter, self._cancelled = wire_id, reporter, ""

    @property
    def cancelled(self):
        """Whether the job should stop. A function that runs one job gets the exception Cancelled by itself."""
        return bool(self._cancelled)

    def check_cancelled(self):
        """Raises Cancelled if the job should stop."""
        if self._cancelled:
            raise Cancelled(self._cancelled)

    def progress(self, fraction, text=""):
        """Reports how far the job is, from 0 to 1, with a text for people of at most 1,000 characters."""
        fraction = float(fraction)
        if not math.isfinite(fraction):
            raise ValueError(f"The progress is {fraction}; it must be a number from 0 to 1.")
        if self._reporter:
            self._reporter.progress(self._wire_id, fraction, str(text))

    def log(self, text):
        """Adds lines to the log of this job. What a method prints is in the log of every job that it runs just now."""
        if self._reporter:
            self._reporter.log(self._wire_id, str(text))

    def submit(self, method, params=None, **options):
        """Submits a job as a child of this attempt and returns its id. The child waits until this job has succeeded;
        if this attempt ends otherwise, the child is removed, and the next attempt submits its own.

        The options are those of `Client.submit` without `key`. Without `queue`, the child goes to the queue of this
        job. Raises SubmissionRejected if the server rejects the child."""
        return self.submit_many(method, [params], **options)[0]

    def submit_many(self, method, params, **options):
        """Submits a child for each of the params: all of them, or none. Returns their ids in the same order."""
        from ._submission import describe
        if "key" in options:
            raise TypeError("A child has no key, because it exists only if this attempt succeeds: otherwise it is "
                            "removed, and the next attempt submits its own. Leave key out. To find the child, use "
                            "tags or the id that submit returns.")
        if self._reporter is None:
            raise RuntimeError("A job can submit jobs only while a worker runs it.")
        children = [describe(method, one, **options) for one in params]
        if not children:
            return []
        return self._reporter.submit(self._wire_id, [
            (json.dumps(description).encode(), body or b"") for description, body in children])

    def __repr__(self):
        return f"<Job {self.id}#{self.attempt}>"
