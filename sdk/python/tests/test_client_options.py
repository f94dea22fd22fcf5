"""The options of a submission, without a server."""
import datetime
import unittest

from headrace import HeadraceError, _client


class ClientOptions(unittest.TestCase):
    def test_delay_and_time_limit_accept_seconds_timedeltas_and_texts(self):
        texts = ("10m", "600s", "0.1666666666666666667h", "600000ms")
        for minutes in (600, 600.0, datetime.timedelta(minutes=10), *texts):
            spec = _client._spec("m", None, delay=minutes, time_limit=minutes)
            self.assertEqual("600s", spec["timeLimit"], minutes)
            ahead = datetime.datetime.fromisoformat(spec["scheduledAt"]) - datetime.datetime.now(datetime.timezone.utc)
            self.assertLess(datetime.timedelta(minutes=9), ahead)
            self.assertLessEqual(ahead, datetime.timedelta(minutes=10))
        self.assertEqual("0.0025s", _client._spec("m", None, time_limit="2.5ms")["timeLimit"])

    def test_a_wrong_type_names_the_option_its_value_and_what_it_takes(self):
        for options, kind, message in (
                ({"deadline": 3600}, TypeError, "deadline is 3600. Use a datetime, such as "
                 "datetime.now(timezone.utc) + timedelta(hours=1)."),
                ({"scheduled_at": "10m"}, TypeError, "scheduled_at is '10m'. Use a datetime, such as "
                 "datetime.now(timezone.utc) + timedelta(hours=1), or delay, which takes a duration."),
                ({"delay": "10"}, ValueError, "delay is '10'. Use a number with a unit (ms, s, m, h or d), such as "
                 "\"10m\"."),
                ({"time_limit": [1]}, TypeError, "time_limit is [1]. Use seconds, a timedelta, or a text such as "
                 "\"10m\".")):
            with self.assertRaises(kind) as refused:
                _client._spec("m", None, **options)
            self.assertEqual(message, str(refused.exception))

    def test_a_time_without_a_zone_is_in_that_of_this_machine(self):
        naive = datetime.datetime(2040, 1, 1, 12)
        self.assertEqual(_client._spec("m", None, deadline=naive)["deadline"],
                         _client._spec("m", None, deadline=naive.astimezone())["deadline"])

    def test_a_value_outside_its_range_is_refused_with_the_value_and_the_range(self):
        for options, kind, message in (
                ({"retries": -1}, ValueError, "retries is -1. Use a whole number from 0 to 1000."),
                ({"retries": 1.5}, TypeError, "retries is 1.5. Use a whole number from 0 to 1000."),
                ({"retries": True}, TypeError, "retries is True. Use a whole number from 0 to 1000."),
                ({"priority": 2**63}, ValueError, "priority is 9223372036854775808. Use a whole number from "
                 "-2147483648 to 2147483647."),
                ({"delay": -1}, ValueError, "delay is -1. Use a duration that is not negative."),
                ({"delay": float("nan")}, ValueError, "delay is nan. Use at most 999999999 days."),
                ({"delay": 1e12}, ValueError, "delay is 1000000000000.0, which ends after the year 9999. Use a shorter "
                 "one."),
                ({"time_limit": float("inf")}, ValueError, "time_limit is inf. Use at most 999999999 days."),
                ({"body": 5}, TypeError, "body is 5. Use bytes or a text; numbers and other values are params."),
                ({"body": "a\ud800"}, ValueError, "body has half of a surrogate pair at position 1, which UTF-8 cannot "
                 "express. Use bytes."),
                ({"tags": "run=7"}, TypeError, "tags is 'run=7'. Use a list of texts, such as ['run=7']."),
                ({"priorty": 1}, TypeError, "A submission has no option 'priorty'. The options are body, content_type, "
                 "queue, priority, scheduled_at, delay, deadline, time_limit, retries, retry, tags.")):
            with self.subTest(options=options), self.assertRaises(kind) as refused:
                _client._spec("m", None, **options)
            self.assertEqual(message, str(refused.exception))

    def test_params_that_json_cannot_express_are_named_as_params(self):
        loop = []
        loop.append(loop)
        for params, message in (
                ({"x": float("nan")}, "The params contain nan at $.x, which JSON cannot represent. Use None or a "
                 "string instead."),
                ({"x": loop}, "The params contain themselves at $.x[0]."),
                ({(1, 2): 3}, "The params have a key of type tuple at $, but JSON keys are strings."),
                (object(), "The params are a value of type object, which JSON cannot represent. Use numbers, strings, "
                 "lists, dicts or dataclasses.")):
            with self.subTest(message), self.assertRaises(HeadraceError) as refused:
                _client._spec("m", params)
            self.assertEqual(message, str(refused.exception))

    def test_the_least_and_largest_values_and_every_kind_of_bytes_are_accepted(self):
        spec = _client._spec("m", None, retries=0, priority=-(2**31), delay=0, body=memoryview(b"ab"))
        self.assertEqual((0, -(2**31), "YWI=", "application/octet-stream"),
                         (spec["retries"], spec["priority"], spec["bodyBase64"], spec["contentType"]))
        self.assertEqual(2**31 - 1, _client._spec("m", None, priority=2**31 - 1)["priority"])
