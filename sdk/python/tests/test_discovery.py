"""Tests of how the client finds its server and its key. Every Headrace program does this in the same way; the tests of
the others are in tests/Headrace.Tests/Client/ServerDiscoveryTests.cs."""
import contextlib
import http.server
import json
import os
import pathlib
import socket
import tempfile
import threading
import unittest
import unittest.mock

from headrace import Client, HeadraceError

_DEADLINE = 30


class FakeServer:
    """An HTTP server on loopback that answers every request with the same job, and records the requests."""

    def __init__(self):
        seen = self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                seen.append((self.path, self.headers.get("Authorization")))
                body = json.dumps({"id": "1", "state": "ready"}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_DEADLINE)


class Discovery(unittest.TestCase):
    def setUp(self):
        self._cleanup = contextlib.ExitStack()
        self.addCleanup(self._cleanup.close)
        self.home = pathlib.Path(self._cleanup.enter_context(tempfile.TemporaryDirectory()))
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("HEADRACE_", "XDG_")) and not name.lower().endswith("_proxy")}
        self._cleanup.enter_context(unittest.mock.patch.dict(os.environ, {**clean, "HOME": str(self.home)}, clear=True))
        self.server = FakeServer()
        self._cleanup.callback(self.server.close)

    def publish(self, url, key, name="1", mtime=1_000):
        """Writes the files that a running server writes for the programs of its user."""
        data = self.home / f"data-{name}"
        data.mkdir()
        (data / "admin.key").write_text(key + "\n")
        notes = self.home / ".local/state/headrace/servers"
        notes.mkdir(parents=True, exist_ok=True)
        note = notes / f"{name}.json"
        note.write_text(json.dumps({"url": url, "socket": str(data / "none.sock"), "data": str(data), "store": "s",
                                    "processId": os.getpid()}))
        os.utime(note, (mtime, mtime))

    def request(self, **arguments):
        """Sends a request, and returns the path and the header that the server received."""
        with Client(retry_timeout=0, **arguments) as client:
            client.job("1").status()
        return self.server.seen[-1]

    def test_no_proxy_receives_requests_to_this_machine(self):
        with socket.create_server(("127.0.0.1", 0)) as proxy:
            address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
            for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
                os.environ[name] = address

            self.assertEqual(("/v1/jobs/1", "Bearer hr_1"), self.request(server=self.server.url, key="hr_1"))

            proxy.setblocking(False)
            with self.assertRaises(BlockingIOError):
                proxy.accept()

    def test_white_space_around_keys_and_addresses_is_removed(self):
        os.environ["HEADRACE_SERVER"] = f" {self.server.url}\r\n"
        os.environ["HEADRACE_KEY"] = " hr_environment\r\n"

        self.assertEqual("Bearer hr_environment", self.request()[1])
        self.assertEqual("Bearer hr_environment", self.request(server=" ", key=" \n")[1])
        self.assertEqual("Bearer hr_argument", self.request(key="hr_argument\n")[1])

    def test_a_key_that_a_header_cannot_carry_is_rejected_without_showing_it(self):
        for key, expected in (("a\nb", "U+000A at position 2 of 3"), ("schlüssel", "U+00FC at position 5 of 9")):
            with self.subTest(key=key), self.assertRaises(HeadraceError) as refused:
                Client(self.server.url, key)
            self.assertIn(f"The key contains the character {expected}", str(refused.exception))
            self.assertNotIn(key, str(refused.exception))

    def test_the_admin_key_of_a_server_of_this_user_is_found_by_any_of_its_addresses(self):
        self.publish(self.server.url, "hr_admin")

        for address in (None, self.server.url, self.server.url + "/", f"http://localhost:{self.server.port}"):
            with self.subTest(address=address):
                self.assertEqual("Bearer hr_admin", self.request(server=address)[1])

    def test_the_admin_key_is_never_sent_to_another_server(self):
        self.publish("http://127.0.0.1:1", "hr_admin")

        self.assertIsNone(self.request(server=self.server.url)[1])

    def test_the_path_prefix_of_an_address_is_kept(self):
        self.assertEqual("/under/it/v1/jobs/1", self.request(server=f"{self.server.url}/under/it/", key="k")[0])

    def test_the_server_of_the_configuration_is_used_unless_the_environment_names_another(self):
        config = self.home / ".config/headrace/config.json"
        config.parent.mkdir(parents=True)
        config.write_text('{ /* mine */ "Server": "http://127.0.0.1:1/", // nobody\n'
                          ' /* a */ "port": 8080 /* b */, // c\n }')

        with Client(key="k") as client:
            self.assertEqual("http://127.0.0.1:1", client.server)
        os.environ["HEADRACE_SERVER"] = self.server.url
        self.assertEqual("/v1/jobs/1", self.request(key="k")[0])

    def test_a_server_that_does_not_accept_connections_is_passed_over(self):
        self.publish(self.server.url, "hr_older", "older", mtime=1_000)
        self.publish("http://127.0.0.1:1", "hr_dead", "dead", mtime=2_000)

        self.assertEqual("Bearer hr_older", self.request()[1])

    def test_without_a_server_of_this_user_no_other_server_is_asked(self):
        with self.assertRaises(HeadraceError) as none:
            Client()

        self.assertTrue(str(none.exception).startswith("You have no server running on this machine"))
        self.assertIn("`headrace up`", str(none.exception))
        self.assertEqual([], self.server.seen)


if __name__ == "__main__":
    unittest.main()
