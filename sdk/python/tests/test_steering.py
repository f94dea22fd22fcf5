"""The slots, the data and the partial results of a steering program, without a server."""
import datetime
import threading
import time
import unittest

from headrace import HeadraceError, ResourceCounter, _steering


class Slots(unittest.TestCase):
    def setUp(self):
        self.slots = ResourceCounter(6, ["simulate", "train"])
        self.slots.allocate("simulate", 4)
        self.slots.allocate("train", 1)

    def counts(self):
        return [self.slots.reserve] + [count(pool) for pool in ("simulate", "train")
                                       for count in (self.slots.allocated, self.slots.free)]

    def test_slots_are_acquired_released_and_moved(self):
        self.assertEqual([1, 4, 4, 1, 1], self.counts())
        self.assertTrue(self.slots.acquire("simulate", 3))
        self.assertFalse(self.slots.acquire("simulate", 2, timeout=0))
        self.assertEqual([1, 4, 1, 1, 1], self.counts())
        self.assertTrue(self.slots.reallocate("simulate", "train", 1))
        self.assertFalse(self.slots.reallocate("simulate", "train", timeout=0))
        self.assertEqual([1, 3, 0, 2, 2], self.counts())
        self.slots.release("simulate", 3)
        self.assertTrue(self.slots.reallocate("simulate", None))
        self.assertEqual([4, 0, 0, 2, 2], self.counts())
        self.assertEqual(6, self.slots.total)

    def test_those_who_wait_are_served_in_their_order(self):
        self.slots.acquire("simulate", 4)
        served, started = [], threading.Semaphore(0)

        def wait(name, slots):
            started.release()
            self.slots.acquire("simulate", slots)
            served.append(name)

        threads = []
        for name, slots in (("wide", 3), ("narrow", 1)):
            threads.append(threading.Thread(target=wait, args=(name, slots)))
            threads[-1].start()
            started.acquire()
            # The next one must not overtake this one.
            while len(self.slots._waiting["simulate"]) < len(threads):
                time.sleep(0.001)
        self.slots.release("simulate", 2)
        self.assertFalse(self.slots.acquire("simulate", timeout=0.05))
        self.assertEqual([], served)
        self.slots.release("simulate", 1)
        threads[0].join(60)
        self.assertEqual(["wide"], served)
        self.slots.release("simulate", 1)
        threads[1].join(60)
        self.assertEqual(["wide", "narrow"], served)

    def test_a_wait_that_is_cancelled_acquires_nothing_and_lets_the_next_one_pass(self):
        self.slots.acquire("simulate", 3)
        cancel, result = threading.Event(), []
        wide = threading.Thread(target=lambda: result.append(self.slots.acquire("simulate", 4, cancel=cancel)))
        wide.start()
        while not self.slots._waiting["simulate"]:
            time.sleep(0.001)
        cancel.set()
        wide.join(60)
        self.assertEqual([False], result)
        self.assertTrue(self.slots.acquire("simulate", timeout=60))

    def test_wrong_numbers_and_names_are_refused_with_the_value(self):
        for call, message in (
                (lambda: self.slots.acquire("simulate", 0), "slots is 0"),
                (lambda: self.slots.release("simulate"), "has 0 acquired slots"),
                (lambda: self.slots.allocate("train", 2), "the reserve has 1 slots"),
                (lambda: self.slots.reallocate("train", "simulate", 2), "the pool 'train' has 1 slots")):
            with self.assertRaisesRegex(ValueError, message):
                call()
        for call in (lambda: self.slots.acquire("x"), lambda: self.slots.reallocate("train", "x")):
            with self.assertRaisesRegex(HeadraceError, "no pool 'x'. Pools: simulate, train."):
                call()
        self.assertEqual([1, 4, 4, 1, 1], self.counts())


class Data(unittest.TestCase):
    def test_data_comes_back_untouched(self):
        created = datetime.datetime(2026, 11, 30, 12, 0, 0, 250, datetime.timezone.utc)
        for data in (None, 0, "", "a = b", "ü😀" * 20, [1.5, None, True], {"a": {"b": list(range(150))}}, " " * 300):
            tags = _steering._tags_of(data, created)
            self.assertLessEqual(len(tags), 14)
            self.assertLessEqual(max(map(len, tags)), 64)
            self.assertEqual((data, created), _steering._read_tags({"tags": sorted(tags)}), data)

    def test_data_that_is_too_long_is_refused_with_the_limit(self):
        _steering._tags_of("x" * 698, datetime.datetime.now(datetime.timezone.utc))
        with self.assertRaisesRegex(HeadraceError, "has 701 characters of JSON; the limit is 700"):
            _steering._tags_of("x" * 699, datetime.datetime.now(datetime.timezone.utc))

    def test_times_of_the_server_and_of_the_other_client_are_read(self):
        whole = datetime.datetime(2026, 11, 30, 12, 0, 0, tzinfo=datetime.timezone.utc)
        for text, microseconds in (("2026-11-30T12:00:00Z", 0), ("2026-11-30T12:00:00.25Z", 250_000),
                                   ("2026-11-30T12:00:00.1234567+00:00", 123_456)):
            self.assertEqual(whole.replace(microsecond=microseconds), _steering._time(text))


class Parts(unittest.TestCase):
    def test_each_json_line_is_returned_once(self):
        parts = _steering._Parts()
        self.assertEqual([], list(parts.next(1, "")))
        self.assertEqual([1], list(parts.next(1, "starting\n1\n{\"x\": ")))
        self.assertEqual([{"x": 2}, None], list(parts.next(1, "starting\n1\n{\"x\": 2}\nnull\n")))
        self.assertEqual([3], list(parts.next(2, "3\n")))

    def test_a_log_whose_first_lines_were_dropped_continues(self):
        parts, log = _steering._Parts(), "".join(f"{i}\n" for i in range(1000))
        self.assertEqual(list(range(1000)), list(parts.next(1, log)))
        self.assertEqual([1000], list(parts.next(1, log[2000:] + "1000\n")))
