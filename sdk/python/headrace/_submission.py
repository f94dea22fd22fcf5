"""A job to submit, as programs and methods describe it with the options of Python."""
import datetime
import json
import operator
import re

from ._errors import HeadraceError
from ._values import json_of_params

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)\Z")
_LEAST_PRIORITY, _LARGEST_PRIORITY, _MOST_RETRIES = -(2**31), 2**31 - 1, 1_000
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def describe(method, params, *, body=None, content_type=None, queue=None, priority=None, scheduled_at=None, delay=None,
             deadline=None, time_limit=None, retries=None, retry=None, tags=None, **unknown):
    """Returns a job as the server reads it, without its body, and the body as bytes or None."""
    if unknown:
        raise TypeError(f"A submission has no option {', '.join(map(repr, unknown))}. The options are "
                        f"{', '.join(describe.__kwdefaults__)}.")
    if delay is not None:
        scheduled_at = _after(delay)
    if body is not None:
        if isinstance(body, str):
            content_type = content_type or "text/plain"
        body = _bytes(body)
    if params is not None:
        params = json.loads(json_of_params(params))
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
        spec["priority"] = _whole("priority", priority, _LEAST_PRIORITY, _LARGEST_PRIORITY)
    if scheduled_at is not None:
        spec["scheduledAt"] = _time("scheduled_at", scheduled_at)
    if deadline is not None:
        spec["deadline"] = _time("deadline", deadline)
    if time_limit is not None:
        spec["timeLimit"] = _duration_text(_duration("time_limit", time_limit))
    if retries is not None:
        spec["retries"] = _whole("retries", retries, 0, _MOST_RETRIES)
    if retry is not None:
        spec["retry"] = retry
    if tags is not None:
        if isinstance(tags, (str, bytes)):
            raise TypeError(f"tags is {tags!r}. Use a list of texts, such as [{tags!r}].")
        spec["tags"] = list(tags)
    return spec, body


def _bytes(body):
    """Returns a body as bytes."""
    try:
        return body.encode() if isinstance(body, str) else bytes(memoryview(body))
    except UnicodeEncodeError as refused:
        raise ValueError(f"body has half of a surrogate pair at position {refused.start}, which UTF-8 cannot express. "
                         "Use bytes.") from None
    except TypeError:
        raise TypeError(f"body is {body!r:.100}. Use bytes or a text; numbers and other values are params.") from None


def _whole(name, value, least, largest):
    """Returns a whole number. Numbers of NumPy are accepted, True and False are not."""
    try:
        number = operator.index(value) if not isinstance(value, bool) else None
    except TypeError:
        number = None
    if number is None or not least <= number <= largest:
        kind = TypeError if number is None else ValueError
        raise kind(f"{name} is {value!r}. Use a whole number from {least} to {largest}.")
    return number


def _after(delay):
    duration = _duration("delay", delay)
    if duration < datetime.timedelta(0):
        raise ValueError(f"delay is {delay!r}. Use a duration that is not negative.")
    try:
        return datetime.datetime.now(datetime.timezone.utc) + duration
    except OverflowError:
        raise ValueError(f"delay is {delay!r}, which ends after the year 9999. Use a shorter one.") from None


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
        try:
            return datetime.timedelta(seconds=value)
        except (OverflowError, ValueError):
            raise ValueError(f"{name} is {value!r}. Use at most {datetime.timedelta.max.days} days.") from None
    if isinstance(value, str):
        match = _DURATION.match(value)
        if match:
            return datetime.timedelta(**{_UNITS[match[2]]: float(match[1])})
        raise ValueError(f"{name} is {value!r}. Use a number with a unit (ms, s, m, h or d), such as \"10m\".")
    raise TypeError(f"{name} is {value!r}. Use seconds, a timedelta, or a text such as \"10m\".")


def _duration_text(duration):
    return f"{duration.total_seconds():f}".rstrip("0").rstrip(".") + "s"
