"""The options of a submission, without a server."""
import datetime
import unittest

from headrace import _client


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
