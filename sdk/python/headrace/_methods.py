"""The decorator `method`, and what it learns from the signature of a function."""
import collections.abc
import difflib
import inspect
import json
import re
import typing

from ._job import Job
from ._schema import Schemas, UnsupportedType, name_of, reader_of
from ._values import BINARY, JSON, TEXT, InvalidResult, json_of

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_ITERATORS = (collections.abc.Iterator, collections.abc.Iterable, collections.abc.Generator)

#: The methods of the scripts that were loaded, in the order of their definitions.
registry = []


class InvalidMethod(TypeError):
    """A function that cannot be a method. The message names the function and the remedy."""


def method(function=None, *, name=None, version=1, description=None, requirements=(), batch=None, batch_wait=None,
           time_limit=None, memory=None, slots=None, on_lost=None, exclusive=None, max_result=None, stop_grace=None,
           start_limit=None, idle_limit=None, recycle_after=None, recycle_above=None, environment=None, retry=None,
           preferred_batches=None, **unknown):
    """Makes a function a method of Headrace. The function stays what it is and can be called as before.

    The parameters of the function are the params of its jobs, and their type hints become the JSON Schema. A parameter
    of the type `bytes` receives the body, one of the type `Job` the job. The return value is the result: text and
    bytes as they are, everything else as JSON. A generator returns the list of its values, and each appears in the log
    of the job at once.

    With `batch=64`, the function runs up to 64 jobs in one call: every parameter is a list with a value for each job,
    and it returns a list of results, of which an exception fails its job.

    `requirements` names packages that the method needs, such as ["numpy>=1.20"]. The other options are those of a
    manifest (docs/methods.md): durations and sizes are texts such as "10m" and "2GB"."""
    for option in unknown:
        raise InvalidMethod(f"@method has no option '{option}'.{_nearest(option)}")
    options = {
        "timeLimit": time_limit, "memory": memory, "slots": slots, "onLost": on_lost, "exclusive": exclusive,
        "maxResult": max_result, "stopGrace": stop_grace, "environment": environment, "retry": retry,
    }
    warm = {
        "batch": batch, "batchWait": batch_wait, "preferredBatches": preferred_batches, "startLimit": start_limit,
        "idleLimit": idle_limit, "recycleAfter": recycle_after, "recycleAbove": recycle_above,
    }

    def register(function):
        registry.append(Method(
            function, name, version, description, list(requirements),
            {key: value for key, value in options.items() if value is not None},
            {key: value for key, value in warm.items() if value is not None}))
        return function

    return register if function is None else register(function)


def _nearest(option):
    """Returns a question that names the option with the most similar name; empty if there is none."""
    options = [name for name, parameter in inspect.signature(method).parameters.items()
               if parameter.kind is parameter.KEYWORD_ONLY]
    found = difflib.get_close_matches(option.lower(), options, 1)
    return f" Did you mean '{found[0]}'?" if found else f" Its options are {', '.join(options)}."


class Method:
    """A function with what its signature says. `batch` is the most jobs of a call of a batch function, else None."""

    def __init__(self, function, name, version, description, requirements, options, warm):
        self.function, self.version, self.requirements = function, version, requirements
        self.options, self.warm, self.batch = options, warm, warm.get("batch")
        self._where = f"The function {getattr(function, '__qualname__', function)}"
        self.name = name or getattr(function, "__name__", "").lower().replace("_", "-")
        self.description = description or _first_paragraph(function)
        self._check(function)
        self.is_generator = inspect.isgeneratorfunction(function)
        if self.is_generator and self.batch:
            raise InvalidMethod(f"{self._where} is a generator, which cannot run a batch. Remove batch={self.batch}.")
        hints = self._hints(function)
        self.job_parameter = self.body_parameter = None
        #: For each parameter that is a member of params, a function that reads its value, or None.
        self.readers = {}
        self.takes_others = False
        self.params_schema = self._params(inspect.signature(function), hints)
        self.result_type, self.result_schema = self._result(hints.get("return", inspect.Signature.empty))

    @property
    def reference(self):
        return f"{self.name}@{self.version}"

    def _check(self, function):
        if not callable(function) or inspect.isclass(function):
            raise InvalidMethod(f"{self._where} cannot be used as a method. Put @method in front of a def statement.")
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            raise InvalidMethod(f"{self._where} is asynchronous. Call asyncio.run(…) in a function without async.")
        if not _NAME.match(self.name):
            raise InvalidMethod(
                f"{self._where} has the method name '{self.name}'. Use 1 to 64 characters from a-z, 0-9, '.', '_' and "
                "'-', starting with a letter or digit: @method(name=\"…\").")
        if type(self.version) is not int or self.version < 1:
            raise InvalidMethod(f"{self._where} has the version {self.version!r}. Use a whole number from 1.")

    def _hints(self, function):
        try:
            return typing.get_type_hints(function, include_extras=True)
        except Exception as unreadable:
            raise InvalidMethod(f"{self._where} has a type hint that cannot be read: {unreadable}") from None

    def _params(self, signature, hints):
        schemas, properties, required = Schemas(), {}, []
        for parameter in signature.parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                self.takes_others = True
                continue
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
                raise InvalidMethod(f"{self._where} has the parameter {parameter}, which cannot be set by name. Give "
                                    "each parameter a name.")
            hint = hints.get(parameter.name, typing.Any)
            if self.batch:
                hint = self._element(parameter, hint)
            if hint is Job and self.job_parameter is None:
                self.job_parameter = parameter.name
            elif hint is bytes and self.body_parameter is None:
                self.body_parameter = parameter.name
            else:
                properties[parameter.name] = self._property(parameter, hint, schemas)
                if parameter.default is parameter.empty:
                    required.append(parameter.name)
                self.readers[parameter.name] = reader_of(hint)
        schema = {"type": "object", "properties": properties, "additionalProperties": self.takes_others}
        if required:
            schema["required"] = required
        return {**schema, "$defs": schemas.definitions} if schemas.definitions else schema

    def _element(self, parameter, hint):
        """Returns the type of one job's value for a parameter of a batch function."""
        if parameter.default is not parameter.empty:
            raise InvalidMethod(f"{self._where} runs a batch, so its parameter {parameter.name} is a list with a value "
                                "for each job and cannot have a default.")
        if hint is typing.Any or hint is list:
            return typing.Any
        arguments = typing.get_args(hint)
        if typing.get_origin(hint) not in (list, collections.abc.Sequence) or len(arguments) != 1:
            raise InvalidMethod(f"{self._where} runs a batch, so its parameter {parameter.name} is a list with a value "
                                f"for each job. Write list[{name_of(hint)}].")
        return arguments[0]

    def _property(self, parameter, hint, schemas):
        try:
            schema = schemas.of(hint)
        except UnsupportedType as unsupported:
            raise InvalidMethod(f"{self._where}, parameter {parameter.name}: {unsupported}") from None
        if parameter.default is not parameter.empty:
            try:
                schema = {**schema, "default": json.loads(json_of(parameter.default))}
            except InvalidResult:
                pass  # Such a default cannot be shown, but it applies all the same.
        return schema

    def _result(self, hint):
        """Returns the content type of the results and their schema; None for no schema."""
        arguments = typing.get_args(hint)
        if self.batch:
            hint = arguments[0] if typing.get_origin(hint) is list and arguments else inspect.Signature.empty
        elif self.is_generator and typing.get_origin(hint) in _ITERATORS and arguments:
            hint = arguments[0] if arguments[0] in (str, bytes) else typing.List[arguments[0]]
        if hint is inspect.Signature.empty or hint is typing.Any or hint is object:
            return JSON, None
        if hint is str or hint is bytes:
            return (TEXT if hint is str else BINARY), None
        schemas = Schemas()
        try:
            schema = schemas.of(hint)
        except UnsupportedType as unsupported:
            raise InvalidMethod(f"{self._where}, return value: {unsupported}") from None
        return JSON, {**schema, "$defs": schemas.definitions} if schemas.definitions else schema


def _first_paragraph(function):
    return (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
