"""The exceptions of both sides: of methods, and of programs that submit jobs."""


class Cancelled(BaseException):
    """Raised inside a method when its job should stop: it was cancelled, or its time limit or its deadline has passed.
    The text states which.

    Like KeyboardInterrupt, it is not an Exception, so that `except Exception` does not swallow it. A method may catch
    it to clean up, and should raise it again."""


class Rejected(Exception):
    """Raised by a method: the input is invalid, and no other attempt can succeed."""


class Failed(Exception):
    """Raised by a method to state whether another attempt may succeed. Other exceptions are retried."""

    def __init__(self, message, retry=True):
        super().__init__(message)
        self.retry = retry


class SubmissionRejected(Exception):
    """Raised in a method by `job.submit`: the server has rejected the jobs, and none of them exists. `kind` is the name
    of the problem in docs/contract.md, such as "queue-full". If the method does not catch it, the job is retried."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class HeadraceError(Exception):
    """The base of the exceptions of `Client`."""


class ServerUnreachable(HeadraceError):
    """No reply came from the server within the retry timeout. If `may_have_arrived`, the request may still have taken
    effect; with its idempotency key, it can be sent again without a second job."""

    def __init__(self, message, may_have_arrived=False):
        super().__init__(message)
        self.may_have_arrived = may_have_arrived


class Problem(HeadraceError):
    """The server rejected a request. `kind` is its name in docs/contract.md, such as "queue-full"."""

    def __init__(self, status, body, retry_after=None):
        self.status = status
        self.kind = str(body.get("type", "")).rsplit("/", 1)[-1]
        self.detail = body.get("detail") or body.get("title") or f"The server replied with {status}."
        self.errors = body.get("errors") or []
        self.retry_after = retry_after
        super().__init__(self.detail)


class JobNotSucceeded(HeadraceError):
    """A job ended without a result: it failed or was cancelled."""

    def __init__(self, job):
        self.job = job
        self.id, self.state, self.reason = job["id"], job["state"], job.get("reason")
        self.error = job.get("error") or {}
        words = f"Job {self.id} has {self.state}" if self.state == "failed" else f"Job {self.id} was {self.state}"
        if self.reason and self.state == "failed":
            words += f" ({self.reason})"
        message = self.error.get("message")
        super().__init__(f"{words}: {self.error.get('type')}: {message}" if message else f"{words}.")
