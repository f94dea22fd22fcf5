"""Consumes the ended jobs of a queue."""
import json
import urllib.parse

_JSON = {"Content-Type": "application/json"}
_CHUNK = 1_000


class Feed:
    """A feed delivers each ended job from a queue to one of its consumers, until a consumer acknowledges it.

    A job that is not acknowledged before its lease ends is delivered again, so a consumer that crashes loses nothing.
    What a consumer does with a job should be idempotent. `Client.feed` returns a feed; it need not exist yet."""

    def __init__(self, client, name):
        #: The name of the feed.
        self.name = name
        self._client, self._path = client, f"/v1/feeds/{urllib.parse.quote(name, safe='')}"

    def create(self, queue, start="now", states="succeeded"):
        """Creates the feed, and returns it. Has no effect if the same feed exists.

        `start` is "now", or "first" for all jobs that the server keeps; `states` is "succeeded", "failed" (with the
        cancelled jobs) or "all"."""
        self._request("PUT", "", {"queue": queue, "from": start, "states": states})
        return self

    def status(self):
        """Returns the feed as the server describes it: position, lag, leased, expired and more (docs/contract.md)."""
        return self._client._get(self._path)

    def seek(self, to):
        """Delivers the jobs from this position on again: "first", "now" or a completion number."""
        self._request("POST", ":seek", {"to": str(to)})

    def delete(self):
        """Deletes the feed and its position. The jobs of the queue stay."""
        self._client._transport.request("DELETE", self._path)

    def pull(self, top=10, wait=0, lease=None):
        """Returns up to `top` deliveries, the oldest jobs first.

        If there is none, waits for `wait` seconds, at most 30. `lease` is how long no other consumer receives the jobs,
        such as "5m"; by default 60 s."""
        query = {"top": top, "wait": wait, **({} if lease is None else {"lease": lease})}
        reply = self._request("POST", f":pull?{urllib.parse.urlencode(query)}")
        return [Delivery(one["token"], self._client._ended(one["job"])) for one in reply["deliveries"]]

    def ack(self, *deliveries):
        """Acknowledges deliveries: the feed never delivers these jobs again. Returns how many were acknowledged.

        An acknowledgement counts after the lease, too."""
        return self._settle(":ack", deliveries, "acknowledged")

    def release(self, *deliveries):
        """Makes deliveries available to other consumers at once. Returns how many were released."""
        return self._settle(":release", deliveries, "released")

    def _settle(self, action, deliveries, member):
        tokens = [one.token if isinstance(one, Delivery) else one for one in deliveries]
        return sum(
            self._request("POST", action, {"deliveries": tokens[i:i + _CHUNK]})[member]
            for i in range(0, len(tokens), _CHUNK)
        )

    def _request(self, method, action, content=None):
        body = b"" if content is None else json.dumps(content).encode()
        return json.loads(self._client._transport.request(method, self._path + action, body, _JSON)[2])

    def __repr__(self):
        return f"<Feed {self.name}>"


class Delivery:
    """An ended job that a consumer holds."""

    def __init__(self, token, job):
        #: The token, which acknowledges the delivery also from another program.
        self.token = token
        #: The handle of the job, which has ended: `job.status()` and `job.result()` need no wait.
        self.job = job

    def __repr__(self):
        return f"<Delivery {self.token}>"
