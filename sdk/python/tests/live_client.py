"""Exercises the client against a running server, which the environment names. PythonClientTests runs it."""
import datetime
import os
import sys
import threading
import time

from headrace import Client, HeadraceError, JobNotSucceeded, Problem, ServerUnreachable, Steering


def everything(client):
    """Every call of the client, with the methods of PythonClientTests."""
    assert client.run("echo", {"value": {"a": [1, None, "ü"]}}) == {"a": [1, None, "ü"]}
    assert client.run("shout", body="quiet") == b"QUIET"
    assert client.run("greet", {"name": "you"}) == "hello you"
    assert client.run("large", {"size": 200_000}) == "x" * 200_000

    numbers = list(range(2_500))
    assert list(client.map("echo", [{"value": n} for n in numbers])) == numbers

    jobs = client.submit_many("echo", [{"value": n} for n in range(50)])
    jobs.append(client.job(client.submit("greet", {"name": "later"}).id))
    assert sorted(job.id for job in client.as_completed(jobs, timeout=60)) == sorted(job.id for job in jobs)
    assert jobs[-1].result() == "hello later"

    slow = client.submit("wait", {"seconds": 1000}, queue="slow")
    quick = client.submit("echo", {"value": 1}, queue="slow", priority=1)
    quick.wait(60)
    done, pending = client.wait([slow, quick], timeout=0.5)
    assert (done, pending) == ([quick], [slow]), (done, pending)
    assert not slow.done() and slow.state in ("ready", "running")
    raises(TimeoutError, lambda: slow.result(timeout=1))
    assert slow.cancel()
    assert raises(JobNotSucceeded, lambda: slow.result(timeout=60)).state == "cancelled"
    assert client.cancel(slow) is False

    failure = raises(JobNotSucceeded, lambda: client.run("fail", retries=0))
    assert (failure.state, failure.error["type"]) == ("failed", "ValueError"), failure
    assert str(failure) == f"Job {failure.id} has failed (exhausted): ValueError: too much", str(failure)
    assert "Traceback" in client.job(failure.id).log()
    again = client.job(failure.id)
    again.retry()
    assert again.wait(timeout=60)["attempt"] == 2 and again.state == "failed", again.status()

    tagged = client.submit("echo", {"value": 5}, tags=["night", "eu"], retry={"max": 1, "delay": "10ms"})
    assert tagged.result(60) == 5 and tagged.status()["tags"] == ["eu", "night"], tagged.status()

    later = client.submit("echo", {"value": 2}, delay=datetime.timedelta(days=1).total_seconds(), time_limit=2.5)
    assert later.state == "scheduled" and later.status()["timeLimit"] == "2500ms", later.status()
    assert later.why().startswith("Scheduled for"), later.why()
    later.cancel()

    options = {"params": {"value": 3}, "key": "one-job"}
    assert client.submit("echo", **options).id == client.submit("echo", **options).id
    assert raises(Problem, lambda: client.submit("echo", {"value": 4}, key="one-job")).kind == "key-reused"
    refused = raises(Problem, lambda: client.submit_many("greet", [{"name": "you"}, {"name": 1}]))
    assert (refused.status, refused.kind) == (422, "invalid-params"), (refused.status, refused.kind)
    assert raises(Problem, lambda: client.submit("no-such-method")).kind == "unknown-method"
    assert "dict or a dataclass" in str(raises(HeadraceError, lambda: client.submit("echo", [1])))

    results = []
    threads = [threading.Thread(target=lambda n=n: results.append(client.run("echo", {"value": n}))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 1, 2, 3], results


def feeds(client):
    """A feed whose consumer acknowledges, releases and crashes, with the methods of PythonClientTests."""
    feed = client.feed("results").create("eu", states="all")
    jobs = [client.submit("greet", {"name": name}, queue="eu") for name in ("a", "b", "c")]
    jobs.append(client.submit("fail", queue="eu", retries=0))
    jobs.append(client.submit("large", {"size": 200_000}, queue="eu"))
    client.wait(jobs, timeout=60)
    assert feed.status()["lag"] == 5, feed.status()

    held = feed.pull(top=3, lease="1h")
    assert len(held) == 3 and feed.status()["leased"] == 3, held
    assert feed.release(held[0]) == 1 and feed.release(held[0]) == 0
    assert feed.ack(*held) == 3 and feed.ack(held[0].token) == 0

    rest = feed.pull(wait=1)
    by_id = {one.job.id: one.job for one in held + rest}
    assert by_id.keys() == {job.id for job in jobs}, by_id
    assert by_id[jobs[0].id].result() == "hello a" and by_id[jobs[4].id].result() == "x" * 200_000
    assert raises(JobNotSucceeded, by_id[jobs[3].id].result).error["type"] == "ValueError"
    assert feed.ack(*rest) == 2 and feed.pull() == []

    pulled = []
    waiting = threading.Thread(target=lambda: pulled.extend(feed.pull(wait=30)))
    waiting.start()
    last = client.submit("greet", {"name": "d"}, queue="eu")
    waiting.join()
    assert [one.job.id for one in pulled] == [last.id], pulled

    feed.seek("first")
    assert len(feed.pull(top=100)) == 6 and feed.ack(pulled[0]) == 0
    feed.delete()
    assert raises(Problem, feed.pull).status == 404
    assert feed.ack() == 0


def outage(client):
    """Submits and reads while the server is killed and started again. The test waits for the lines."""
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(400):
        assert client.run("echo", {"value": n}, key=f"outage-{n}") == n
        if n == 20:
            print("running", flush=True)
    print("done", flush=True)


def unreachable(_):
    client = Client(server="http://127.0.0.1:9", key="k")
    begun = time.monotonic()
    assert "cannot be reached" in str(raises(ServerUnreachable, lambda: client.submit("echo")))
    assert time.monotonic() - begun < 30
    assert "is not valid" in str(raises(HeadraceError, lambda: Client(server="127.0.0.1:8080")))
    os.environ.update(HOME="/nonexistent", XDG_STATE_HOME="/nonexistent", XDG_CONFIG_HOME="/nonexistent")
    os.environ.pop("HEADRACE_SERVER", None)
    assert "You have no server running" in str(raises(HeadraceError, Client))


def steering(client):
    """Topics, results in the order of their ends, data, failures, partial results and restarts."""
    with Steering(client, "search", ["slow", "quick"]) as search:
        data = {"point": [1.5, None], "text": "ü = \U0001f600 "}
        slow = search.send("wait", {"seconds": 1}, "slow", data=data)
        for n in range(5):
            search.send("echo", {"value": n}, "quick", data=n, tags=["mine"])
        quick = [search.receive("quick", timeout=60) for _ in range(5)]
        assert sorted(result.data for result in quick) == list(range(5)), quick
        assert all(result.value == result.data and result.success and result.complete for result in quick)
        assert "mine" in quick[0].job["tags"] and quick[0].topic == "quick"
        raises(TimeoutError, lambda: search.receive("quick", timeout=0))
        result = search.receive("slow", timeout=60)
        assert (result.task.id, result.data, result.value) == (slow.id, data, None), result.data
        assert result.success and 1 <= result.run_time < 60 and result.wait_time >= 0, result.run_time
        assert 0 < result.efficiency <= 1 and result.created <= result.received
        assert search.count_active("slow") == 0 and search.count_active() == 0

        search.send("large", {"size": 2_000_000}, retries=0)
        refused = search.receive(timeout=60)
        assert not refused.success and "too-large" in refused.failure and "1 MB" in refused.failure, refused.failure
        search.send("fail", retries=0, data="kept")
        failed = search.receive(timeout=60)
        assert (failed.success, failed.value, failed.data) == (False, None, "kept"), failed
        assert "too much" in failed.failure, failed.failure

        followed = list(search.follow(search.send("count", {"to": 3})))
        assert [part.value for part in followed] == [0, 1, 2, [0, 1, 2]], followed
        assert [part.complete for part in followed] == [False, False, False, True]
        assert search.receive(timeout=60).value == [0, 1, 2]

        assert "Open topics: default, quick, slow." in str(raises(HeadraceError, lambda: search.send("echo", {}, "x")))
        assert raises(Problem, lambda: search.send("no-such-method")).kind == "unknown-method"

    # A program that does not close leaves its results to the next one of the same name.
    first = Steering(client, "again")
    first.send("echo", {"value": 1}, data="first").wait(60)
    second = Steering(client, "again")
    assert second.receive(timeout=60).data == "first"
    raises(TimeoutError, lambda: second.receive(timeout=0))
    second.close()


def raises(kind, act):
    try:
        value = act()
    except kind as raised:
        return raised
    raise AssertionError(f"{kind.__name__} was expected, not {value!r}")


if __name__ == "__main__":
    with Client() as connected:
        globals()[sys.argv[1]](connected)
    print("passed", flush=True)
