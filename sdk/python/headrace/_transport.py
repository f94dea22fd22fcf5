"""HTTP requests to a server, with retries. A request that may have arrived is safe to repeat: submissions carry an
idempotency key, and everything else has the same effect twice."""
import datetime
import fcntl
import http.client
import json
import os
import random
import socket
import threading
import time

from . import _discovery
from ._errors import HeadraceError, Problem, ServerUnreachable

_CONNECT_SECONDS = 5
# The server lets a request wait for at most 30 s.
_SILENCE_SECONDS = 100
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 5.0
_LOGIN_MARGIN = datetime.timedelta(minutes=1)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=_CONNECT_SECONDS)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Transport:
    """Sends requests over one connection for each thread, and repeats them while the server cannot answer."""

    def __init__(self, server, key, retry_timeout, queue_full_timeout):
        self.endpoint, self._key, self._login = _discovery.find(server, key)
        self._retry_timeout, self._queue_full_timeout = retry_timeout, queue_full_timeout
        self._own = threading.local()
        self._connections, self._lock = [], threading.Lock()
        self._has_replied = False

    def request(self, method, path, body=None, headers=None):
        """Returns the status, the headers and the body of the reply. Raises Problem for an error."""
        started, delay = None, _FIRST_DELAY
        while True:
            try:
                return self._send(method, path, body, headers or {})
            except (ServerUnreachable, Problem) as failure:
                limit = self._timeout_for(failure)
                now = time.monotonic()
                started = now if started is None else started
                pause = max(getattr(failure, "retry_after", None) or 0, delay * random.uniform(0.5, 1))
                if now - started + pause > limit:
                    raise
            time.sleep(pause)
            delay = min(2 * delay, _LONGEST_DELAY)

    def close(self):
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._own = threading.local()

    def _timeout_for(self, failure):
        if isinstance(failure, Problem):
            return {503: self._retry_timeout, 429: self._queue_full_timeout}.get(failure.status, 0)
        # A server that has never answered is probably the wrong address: say so at once.
        return self._retry_timeout if failure.may_have_arrived or self._has_replied else 0

    def _send(self, method, path, body, headers):
        headers = {**headers, **self._authorization()}
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            try:
                return self._exchange(connection, method, path, body, headers)
            except ServerUnreachable:
                pass  # The server closes connections that were not used for a while.
        return self._exchange(self._connect(), method, path, body, headers)

    def _exchange(self, connection, method, path, body, headers):
        try:
            connection.request(method, self.endpoint.prefix + path, body, headers)
            reply = connection.getresponse()
            content = reply.read()
        except (OSError, http.client.HTTPException) as broken:
            connection.close()
            self._own.connection = None
            raise ServerUnreachable(f"The connection to the server at {self.endpoint.text} was lost: "
                                    f"{broken or type(broken).__name__}", may_have_arrived=True) from None
        self._has_replied = True
        if reply.status >= 300:
            raise _problem_of(reply, content)
        return reply.status, reply.headers, content

    def _connect(self):
        endpoint, connection = self.endpoint, self._new_connection()
        try:
            connection.connect()
        except OSError as refused:
            raise ServerUnreachable(f"The server at {endpoint.text} cannot be reached: {refused}. Start a server with "
                                    "`headrace up`, or set HEADRACE_SERVER to its address.") from None
        connection.sock.settimeout(_SILENCE_SECONDS)
        if endpoint.socket is None:
            # A request is written in two parts, and the second must not wait for the reply to the first.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._own.connection = connection
        with self._lock:
            self._connections = [other for other in self._connections if other.sock is not None] + [connection]
        return connection

    def _authorization(self):
        if self._login is not None:
            return {"Authorization": f"Bearer {self._token()}"}
        return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    def _token(self):
        """Returns the token of the user's login. One process of the user at a time gets the next one."""
        login = _read_login(self._login)
        if _is_fresh(login):
            return login["token"]
        with self._lock, open(f"{self._login}.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            login = _read_login(self._login)
            if not _is_fresh(login):
                login = self._refresh(login)
            return login["token"]

    def _refresh(self, login):
        connection = self._new_connection()
        try:
            connection.request("POST", self.endpoint.prefix + "/v1/login:refresh",
                               json.dumps({"refreshToken": login["refreshToken"]}),
                               {"Content-Type": "application/json"})
            reply = connection.getresponse()
            content = reply.read()
        except (OSError, http.client.HTTPException) as broken:
            raise ServerUnreachable(f"The login could not be renewed: {broken}") from None
        finally:
            connection.close()
        if reply.status >= 300:
            raise _problem_of(reply, content)
        login = {"server": self.endpoint.text, **json.loads(content)}
        draft = f"{self._login}.{os.getpid()}.new"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(login, file)
        os.replace(draft, self._login)
        return login

    def _new_connection(self):
        endpoint = self.endpoint
        if endpoint.socket:
            return _UnixConnection(endpoint.socket)
        kind = http.client.HTTPSConnection if endpoint.scheme == "https" else http.client.HTTPConnection
        return kind(endpoint.host, endpoint.port, timeout=_CONNECT_SECONDS)


def _read_login(file):
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as unreadable:
        raise HeadraceError(f"The login in {file} cannot be read: {unreadable}. Log in again: headrace login") from None


def _is_fresh(login):
    # Python 3.9 reads neither Z nor seven digits of a second.
    expires = datetime.datetime.strptime(login["expires"][:19], "%Y-%m-%dT%H:%M:%S")
    return expires - datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) > _LOGIN_MARGIN


def _problem_of(reply, content):
    body = {}
    if reply.headers.get_content_type() == "application/problem+json":
        try:
            body = json.loads(content)
        except ValueError:
            pass  # The reply comes from a proxy or another server, so only its status is known.
    after = body.get("retryAfter") or reply.headers.get("Retry-After")
    try:
        after = float(after) if after else None
    except ValueError:
        after = None
    return Problem(reply.status, body, after)
