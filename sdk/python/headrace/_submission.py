"""A job to submit, as programs and methods describe it with the options of Python."""
import datetime
import json
import re

from ._errors import HeadraceError
from ._values import json_of

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)\Z")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def describe(method, params, *, body=None, content_type=None, queue=None, priority=None, scheduled_at=None, delay=None,
             deadline=None, time_limit=None, retries=None, retry=None, tags=None):
    """Returns a job as the server reads it, without its body, and the body as bytes or None."""
    if delay is not None:
        scheduled_at = datetime.datetime.now(datetime.timezone.utc) + _duration("delay", delay)
    if isinstance(body, str):
        body, content_type = body.encode(), content_type or "text/plain"
    if params is not None:
        params = json.loads(json_of(params))
        if not isinstance(params, dict):
            raise HeadraceError(f"The params of a job are a dict or a dataclass, not {type(params).__name__}.")
    # Most jobs have few members, so the others cost nothing but a comparison.
    spec = {"method": method}
    if queue is not None:
        spec["queue"] = queue
    if params is not None:
        spec["params"] = params
    if body is not None and content_type is None:
        content_type = "application/octet-stream"
    if content_type is not None:
        spec["contentType"] = content_type
    if priority is not None:
        spec["priority"] = priority
    if scheduled_at is not None:
        spec["scheduledAt"] = _time("scheduled_at", scheduled_at)
    if deadline is not None:
        spec["deadline"] = _time("deadline", deadline)
    if time_limit is not None:
        spec["timeLimit"] = _duration_text(_duration("time_limit", time_limit))
    if retries is not None:
        spec["retries"] = retries
    if retry is not None:
        spec["retry"] = retry
    if tags is not None:
        spec["tags"] = list(tags)
    return spec, body


def _time(name, time):
    """Returns a time as text. A time without a zone is in that of this machine."""
    if not isinstance(time, datetime.datetime):
        raise TypeError(f"{name} is {time!r}. Use a datetime, such as datetime.now(timezone.utc) + timedelta(hours=1)"
                        + (", or delay, which takes a duration." if name == "scheduled_at" else "."))
    return time.astimezone(datetime.timezone.utc).isoformat()


def _duration(name, value):
    if isinstance(value, datetime.timedelta):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.timedelta(seconds=value)
    if isinstance(value, str):
        match = _DURATION.match(value)
        if match:
            return datetime.timedelta(**{_UNITS[match[2]]: float(match[1])})
        raise ValueError(f"{name} is {value!r}. Use a number with a unit (ms, s, m, h or d), such as \"10m\".")
    raise TypeError(f"{name} is {value!r}. Use seconds, a timedelta, or a text such as \"10m\".")


def _duration_text(duration):
    return f"{duration.total_seconds():f}".rstrip("0").rstrip(".") + "s"
