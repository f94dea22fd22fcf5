"""Results as bytes with a content type: text and bytes as they are, everything else as JSON."""
import collections
import dataclasses
import enum
import json
import math
import os

from ._errors import HeadraceError

JSON, TEXT, BINARY = "application/json", "text/plain", "application/octet-stream"


class InvalidResult(Exception):
    """A method has returned what JSON cannot express."""


def _convert(value):
    """Returns what JSON can express in place of another value. The encoder calls this for unknown types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    # Arrays and numbers of NumPy and of libraries that follow it.
    if callable(getattr(value, "tolist", None)):
        return value.tolist()
    if callable(getattr(value, "isoformat", None)):
        return value.isoformat()
    raise TypeError(type(value).__name__)


_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=_convert).encode


#: The words by which a message speaks of a value.
_Words = collections.namedtuple("_Words", "name are contain have itself use")
_RESULT = _Words("The result", "is", "contains", "has", "itself", "Return")
_PARAMS = _Words("The params", "are", "contain", "have", "themselves", "Use")


def json_of(value):
    """Returns a result as JSON. Raises InvalidResult, and names the place, if that is not possible."""
    try:
        return _encode(value).encode()
    except (TypeError, ValueError, RecursionError) as refused:
        raise InvalidResult(_fault_of(value, _RESULT, refused)) from None


def json_of_params(value):
    """Returns the params of a job to submit as JSON. Raises HeadraceError, and names the place, if that is not
    possible."""
    try:
        return _encode(value).encode()
    except (TypeError, ValueError, RecursionError) as refused:
        raise HeadraceError(_fault_of(value, _PARAMS, refused)) from None


def _fault_of(value, words, refused):
    return _fault(value, "$", set(), words) or f"{words.name} cannot be written as JSON: {refused}"


def encode(value):
    """Returns the content type and the bytes of a result."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return BINARY, bytes(value)
    # A text that is a member of an Enum is a value of that Enum.
    if isinstance(value, str) and not isinstance(value, enum.Enum):
        try:
            return TEXT, value.encode()
        except UnicodeEncodeError as refused:
            raise InvalidResult(f"The result has half of a surrogate pair at position {refused.start}, which UTF-8 "
                                "cannot express.") from None
    return JSON, json_of(value)


def results_of_batch(returned, count):
    """Returns the results of a batch as a list. The function has returned one for each job, in the order of the jobs;
    None stands for a list of None."""
    if returned is None:
        return [None] * count
    if isinstance(returned, (set, frozenset, dict, str, bytes, bytearray, memoryview)):
        raise InvalidResult(f"The method returned a {type(returned).__name__} for a batch of {count} jobs. Return a "
                            "list with one result for each job, in the order of the jobs.")
    results = list(returned)
    if len(results) != count:
        raise InvalidResult(f"The method returned {len(results)} results for a batch of {count} jobs. Return one for "
                            "each job, in the order of the jobs.")
    return results


def encode_parts(parts):
    """Returns the result of a generator: its texts or bytes joined, or an array of its other values."""
    if parts and all(isinstance(part, str) for part in parts):
        return encode("".join(parts))
    if parts and all(isinstance(part, (bytes, bytearray, memoryview)) for part in parts):
        return encode(b"".join(parts))
    return JSON, json_of(parts)


def _at(what, path, words):
    return f"{words.name} {words.are} {what}" if path == "$" else f"{words.name} {words.contain} {what} at {path}"


def _fault(value, path, above, words):
    """Returns what is wrong with the first value that JSON cannot express; None if every value can be."""
    if value is None or isinstance(value, (bool, int, str)):
        return None
    if isinstance(value, float):
        return None if math.isfinite(value) else \
            f"{_at(value, path, words)}, which JSON cannot represent. {words.use} None or a string instead."
    if id(value) in above:
        return f"{words.name} {words.contain} {words.itself} at {path}."
    above = above | {id(value)}
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, (str, int, float, bool, type(None))):
                return (f"{words.name} {words.have} a key of type {type(key).__name__} at {path}, but JSON keys are "
                        "strings.")
            if fault := _fault(item, f"{path}.{key}", above, words):
                return fault
        return None
    if isinstance(value, (list, tuple)):
        faults = (_fault(item, f"{path}[{i}]", above, words) for i, item in enumerate(value))
        return next(filter(None, faults), None)
    try:
        return _fault(_convert(value), path, above, words)
    except TypeError:
        return (f"{_at(f'a value of type {type(value).__name__}', path, words)}, which JSON cannot represent. "
                f"{words.use} numbers, strings, lists, dicts or dataclasses.")
