"""The job that a method runs."""
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

    def __repr__(self):
        return f"<Job {self.id}#{self.attempt}>"
