"""Tests of what needs neither a worker nor a server: schemas, results, requirements."""
import dataclasses
import enum
import typing
import unittest

from headrace import Schema, method
from headrace import _job, _methods, _protocol, _schema, _script, _serve, _values


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Node:
    value: int
    children: typing.List["Node"] = dataclasses.field(default_factory=list)


class Schemas(unittest.TestCase):
    def test_a_type_has_its_schema(self):
        for hint, schema in {
            int: {"type": "integer"},
            typing.Optional[float]: {"type": ["number", "null"]},
            typing.Union[int, str]: {"type": ["integer", "string"]},
            typing.List[int]: {"type": "array", "items": {"type": "integer"}},
            typing.Tuple[int, str]: {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}],
                                     "minItems": 2, "maxItems": 2},
            typing.Tuple[int, ...]: {"type": "array", "items": {"type": "integer"}},
            typing.Set[str]: {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
            typing.Dict[str, bool]: {"type": "object", "additionalProperties": {"type": "boolean"}},
            typing.Literal["a", 1]: {"enum": ["a", 1]},
            typing.Any: {},
            Color: {"enum": ["red", "blue"]},
            dict: {"type": "object"},
        }.items():
            with self.subTest(hint=hint):
                self.assertEqual(schema, _schema.Schemas().of(hint))

    def test_bounds_also_apply_to_an_optional_value(self):
        hint = typing.Optional[typing.Annotated[int, Schema(minimum=1)]]
        self.assertEqual({"type": ["integer", "null"], "minimum": 1}, _schema.Schemas().of(hint))

    def test_a_value_is_read_as_its_type(self):
        for hint, value, read in [
            (int, 3.0, 3),
            (typing.Optional[int], None, None),
            (typing.Union[int, str], "x", "x"),
            (typing.Union[int, float], 2.5, 2.5),
            (typing.Tuple[int, Color], [1.0, "red"], (1, Color.RED)),
            (typing.Set[int], [1, 2], {1, 2}),
            (typing.Dict[str, Color], {"a": "blue"}, {"a": Color.BLUE}),
            (typing.Optional[Node], {"value": 1, "children": [{"value": 2}]}, Node(1, [Node(2)])),
        ]:
            with self.subTest(hint=hint):
                reader = _schema.reader_of(hint)
                result = reader(value) if reader else value
                self.assertEqual((read, type(read)), (result, type(result)))


class Results(unittest.TestCase):
    def test_a_value_becomes_json(self):
        class Array:
            def tolist(self):
                return [1, 2]

        value = {"node": Node(1), "color": Color.RED, "array": Array(), "tuple": (1, None, True)}
        self.assertEqual(b'{"node":{"value":1,"children":[]},"color":"red","array":[1,2],"tuple":[1,null,true]}',
                         _values.json_of(value))

    def test_a_text_that_is_no_unicode_is_refused(self):
        with self.assertRaisesRegex(_values.InvalidResult, "position 1"):
            _values.encode("a\ud800")

    def test_a_batch_has_one_result_for_each_job_in_their_order(self):
        self.assertEqual([1, 2], _values.results_of_batch((1, 2), 2))
        self.assertEqual([2, 4], _values.results_of_batch((2 * n for n in (1, 2)), 2))
        self.assertEqual([None, None], _values.results_of_batch(None, 2))
        for returned in ({1, 2}, frozenset((1, 2)), {"a": 1, "b": 2}, "ab", b"ab", [1], [1, 2, 3]):
            with self.subTest(returned=returned), self.assertRaises(_values.InvalidResult):
                _values.results_of_batch(returned, 2)

    def test_a_long_report_is_cut_and_progress_is_a_number(self):
        self.assertLess(len(_protocol.log(1, "x" * 5_000_000)), 300_000)
        self.assertLess(len(_protocol.progress(1, 0.5, "x" * 5_000_000)), 2_000)
        with self.assertRaises(ValueError):
            _job.Job(1, 1, {}, "", b"").progress(float("nan"))

    def test_an_exception_without_a_text_is_described(self):
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError

        self.assertIn("Mute, whose text cannot be shown", _serve._text(Mute()))

    def test_infinity_inside_an_array_is_named(self):
        class Array:
            def tolist(self):
                return [1, float("inf")]

        with self.assertRaisesRegex(_values.InvalidResult, r"contains inf at \$\.a\[1\]"):
            _values.json_of({"a": Array()})


class Methods(unittest.TestCase):
    def test_the_decorated_function_can_be_called_as_before(self):
        @method(name="twice")
        def twice(x: int) -> int:
            return 2 * x

        self.assertEqual(4, twice(2))

    def test_a_parameter_of_a_batch_is_a_list_without_a_default(self):
        for function, fault in [(lambda x=1: x, "cannot have a default"), (_of_scalar, r"Write list\[float\]\.")]:
            with self.assertRaisesRegex(_methods.InvalidMethod, fault):
                method(function, name="m", batch=2)

    def test_a_default_that_json_cannot_express_still_applies(self):
        @method(name="m")
        def function(x: float = float("inf")):
            return x

        self.assertEqual({"type": "number"}, _methods.registry[-1].params_schema["properties"]["x"])


def _of_scalar(x: float):
    return x


class Requirements(unittest.TestCase):
    def test_versions_are_compared_by_their_numbers(self):
        for comparison, fits in {">=1.9": True, ">=1.10.1": False, "==1.10": True, "==1.10.0": True, "==1.*": True,
                                 "!=1.*": False, "~=1.4": True, "~=1.4.2": False, "<2": True, ">1.10": False,
                                 "==1.9": False, "": True}.items():
            with self.subTest(comparison=comparison):
                self.assertEqual(fits, not comparison or _script._fits("1.10", comparison))

    def test_a_missing_package_is_named_with_the_command_that_installs_it(self):
        with self.assertRaisesRegex(_script.Unavailable, "^The package no-such is not installed. Run: .* -m pip install "
                                    r"'no-such\[all\]>=2'"):
            _script.check_requirement("no-such[all]>=2")

    def test_the_comment_block_of_a_script_names_its_dependencies(self):
        source = '# /// script\n# requires-python = ">=3.9"\n# dependencies = [\n#   "a>=1", # needed\n#   "b[x]",\n' \
                 '# ]\n# ///\nimport a\n'
        self.assertEqual(["a>=1", "b[x]"], _script.requirements(source))
        self.assertEqual([], _script.requirements("import a\n"))
