"""Type hints as JSON Schema (2020-12), and functions that turn JSON into values of these types."""
import collections.abc
import dataclasses
import enum
import typing

_SIMPLE = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    type(None): "null",
}
_LISTS = (list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Iterator,
          collections.abc.Collection)
_SETS = (set, frozenset, collections.abc.Set)
_MAPS = (dict, collections.abc.Mapping)
_UNIONS = tuple(kind for kind in (typing.Union, getattr(__import__("types"), "UnionType", None)) if kind)


class UnsupportedType(TypeError):
    """A type hint that has no counterpart in JSON."""


class Schema:
    """Keywords of JSON Schema for a type hint: Annotated[int, Schema(minimum=1)]."""

    def __init__(self, **keywords):
        self.keywords = keywords


class Schemas:
    """Builds the schemas of one method. Dataclasses become definitions, so that they may contain themselves."""

    def __init__(self):
        self.definitions = {}
        self._names = {}

    def of(self, hint):
        """Returns the schema of a type."""
        if hint is typing.Any or hint is object:
            return {}
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin is None and hint in _SIMPLE:
            return {"type": _SIMPLE[hint]}
        if origin is typing.Annotated:
            schema = self.of(arguments[0])
            for note in arguments[1:]:
                schema = {**schema, **note.keywords} if isinstance(note, Schema) else schema
            return schema
        if origin is typing.Literal:
            return {"enum": list(arguments)}
        if origin in _UNIONS:
            return self._union([self.of(option) for option in arguments])
        if origin is tuple or hint is tuple:
            return self._tuple(arguments)
        if (origin or hint) in _LISTS:
            return {"type": "array", **({"items": self.of(arguments[0])} if arguments else {})}
        if (origin or hint) in _SETS:
            items = {"items": self.of(arguments[0])} if arguments else {}
            return {"type": "array", "uniqueItems": True, **items}
        if (origin or hint) in _MAPS:
            return self._map(arguments)
        if isinstance(hint, type) and issubclass(hint, enum.Enum):
            return {"enum": [member.value for member in hint]}
        if dataclasses.is_dataclass(hint):
            return self._dataclass(hint)
        raise UnsupportedType(
            f"The type {name_of(hint)} has no counterpart in JSON. Use int, float, str, bool, None, list, dict, tuple, "
            "Optional, Union, Literal, Any, an Enum or a dataclass.")

    @staticmethod
    def _union(options):
        types = [option.get("type") for option in options]
        if all(set(option) == {"type"} and isinstance(option["type"], str) for option in options):
            return {"type": types}
        # {"type": "number", "minimum": 0} or null is one schema with two types: the other keywords ignore null.
        others = [option for option in options if option != {"type": "null"}]
        if len(others) == 1 and len(options) == 2 and isinstance(others[0].get("type"), str):
            return {**others[0], "type": [others[0]["type"], "null"]}
        return {"anyOf": options}

    def _tuple(self, arguments):
        if not arguments:
            return {"type": "array"}
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return {"type": "array", "items": self.of(arguments[0])}
        arguments = [argument for argument in arguments if argument != ()]
        return {"type": "array", "prefixItems": [self.of(argument) for argument in arguments],
                "minItems": len(arguments), "maxItems": len(arguments)}

    def _map(self, arguments):
        if not arguments:
            return {"type": "object"}
        if arguments[0] is not str:
            raise UnsupportedType(f"The keys of a JSON object are text. Use dict[str, …] instead of "
                                  f"dict[{name_of(arguments[0])}, …].")
        return {"type": "object", "additionalProperties": self.of(arguments[1])}

    def _dataclass(self, hint):
        if hint not in self._names:
            name = hint.__name__ if hint.__name__ not in self.definitions else f"{hint.__name__}{len(self._names) + 1}"
            self._names[hint] = name
            self.definitions[name] = {}
            hints = typing.get_type_hints(hint, include_extras=True)
            fields = [field for field in dataclasses.fields(hint) if field.init]
            self.definitions[name] = {
                "type": "object",
                "properties": {field.name: self.of(hints[field.name]) for field in fields},
                "required": [field.name for field in fields if _is_required(field)],
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{self._names[hint]}"}


def _is_required(field):
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def name_of(hint):
    return getattr(hint, "__name__", None) or str(hint)


def reader_of(hint, known=None):
    """Returns a function that turns a JSON value, which fits the schema of the type, into a value of the type. Returns
    None if both are the same."""
    known = {} if known is None else known
    if hint is int:
        # JSON has one kind of numbers: 3.0 is an integer as well.
        return int
    if hint is float:
        return float
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return reader_of(arguments[0], known)
    if origin in _UNIONS:
        return _union_reader(arguments, known)
    if origin is tuple:
        return _tuple_reader(arguments, known)
    if hint is tuple:
        return tuple
    if origin in _LISTS and arguments:
        read = reader_of(arguments[0], known)
        return read and (lambda value: [read(item) for item in value])
    if (origin or hint) in _SETS:
        read = arguments and reader_of(arguments[0], known)
        kind = frozenset if (origin or hint) is frozenset else set
        return (lambda value: kind(read(item) for item in value)) if read else kind
    if origin in _MAPS and arguments:
        read = reader_of(arguments[1], known)
        return read and (lambda value: {key: read(item) for key, item in value.items()})
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint
    if dataclasses.is_dataclass(hint):
        return _dataclass_reader(hint, known)
    return None


def _union_reader(options, known):
    readers = [(option, reader_of(option, known)) for option in options]
    if not any(read for _, read in readers):
        return None

    def read_union(value):
        for option, read in readers:
            if _may_be(option, value):
                try:
                    return read(value) if read else value
                except (TypeError, ValueError, KeyError, AttributeError):
                    continue
        return value

    return read_union


def _may_be(option, value):
    """Returns whether a JSON value can be one of this type, judged by its kind alone."""
    if typing.get_origin(option) is typing.Annotated:
        return _may_be(typing.get_args(option)[0], value)
    if typing.get_origin(option) is None and option in _SIMPLE:
        kinds = (int, float) if option in (int, float) else option
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        fits = is_number if option in (int, float) else isinstance(value, kinds)
        return fits and (option is not int or value == int(value))
    if dataclasses.is_dataclass(option) or typing.get_origin(option) in _MAPS:
        return isinstance(value, dict)
    return value is not None


def _tuple_reader(arguments, known):
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        read = reader_of(arguments[0], known)
        return (lambda value: tuple(read(item) for item in value)) if read else tuple
    readers = [reader_of(argument, known) for argument in arguments]
    return lambda value: tuple(read(item) if read else item for read, item in zip(readers, value))


def _dataclass_reader(hint, known):
    if hint in known:
        return lambda value: known[hint](value)
    known[hint] = None
    hints = typing.get_type_hints(hint, include_extras=True)
    readers = {field.name: reader_of(hints[field.name], known) for field in dataclasses.fields(hint) if field.init}

    def read_object(value):
        return hint(**{name: readers[name](item) if readers[name] else item for name, item in value.items()})

    known[hint] = read_object
    return read_object
