"""Finds the server and the key as every Headrace program does: the caller's own value, the environment, the user's
configuration, then the newest server of this user on this machine that accepts connections. A key of this machine is
never sent to another server."""
import hashlib
import json
import os
import pathlib
import re
import socket
import urllib.parse

from ._errors import HeadraceError

_SHAPE = "an address such as http://127.0.0.1:8080, https://host/prefix or unix:/path/to.sock"
_COMMENT = r"//[^\n]*|/\*(?:(?!\*/).)*\*/"
_COMMENTS = re.compile(rf'("(?:\\.|[^"\\])*")|{_COMMENT}|,(?=(?:\s|{_COMMENT})*[}}\]])', re.DOTALL)
_PROBE_SECONDS = 0.2


class Endpoint:
    """The address of a server."""

    def __init__(self, address):
        self.socket, self.scheme, self.host, self.port, self.prefix = None, "http", "localhost", 80, ""
        if address.startswith("unix:") and os.path.isabs(address[5:]):
            self.socket, self.text = address[5:], address
            return
        try:
            url = urllib.parse.urlsplit(address)
            port = url.port
        except ValueError:
            url, port = urllib.parse.urlsplit(""), None
        if url.scheme not in ("http", "https") or not url.hostname or url.username or url.query or url.fragment:
            raise HeadraceError(f"The server address '{address}' is not valid. Use {_SHAPE}.")
        self.scheme, self.host, self.prefix = url.scheme, url.hostname, url.path.rstrip("/")
        self.port = port or (443 if url.scheme == "https" else 80)
        host = f"[{self.host}]" if ":" in self.host else self.host
        shown_port = "" if self.port == {"http": 80, "https": 443}[self.scheme] else f":{self.port}"
        self.text = f"{self.scheme}://{host}{shown_port}{self.prefix}"

    @property
    def is_local(self):
        return self.socket is not None or self.host == "localhost" or self.host == "::1" \
            or re.fullmatch(r"127(\.\d+){3}", self.host) is not None

    def reaches(self, note):
        """Returns whether this is an address of a server that has published itself on this machine."""
        if self.socket is not None:
            return note.get("socket") == self.socket
        noted = Endpoint(note["url"])
        same_host = noted.is_local if self.is_local else self.host == noted.host
        return self.port == noted.port and same_host

    def accepts(self):
        """Returns whether something accepts connections at this address of this machine."""
        try:
            if self.socket is None:
                socket.create_connection((self.host, self.port), timeout=_PROBE_SECONDS).close()
            else:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.settimeout(_PROBE_SECONDS)
                    probe.connect(self.socket)
            return True
        except OSError:
            return False


def find(server=None, key=None):
    """Returns the endpoint, the key or None, and the path of the file with the user's login or None."""
    running = _running_servers()
    named = _trim(server) or _trim(os.environ.get("HEADRACE_SERVER")) or _trim(_configured_server())
    endpoint = Endpoint(named) if named else _newest(running)
    for text, origin in ((key, "The key"), (os.environ.get("HEADRACE_KEY"), "HEADRACE_KEY")):
        if _trim(text):
            return endpoint, _check_key(_trim(text), origin), None
    login = login_file(endpoint)
    if login and login.exists():
        return endpoint, None, login
    for note in running:
        if endpoint.reaches(note):
            return endpoint, _read_key(pathlib.Path(note["data"]) / "admin.key"), None
    return endpoint, None, None


def _trim(text):
    """A key or address that was copied from a file often ends with a line break."""
    return (text or "").strip()


def _check_key(key, origin):
    """Rejects a key that the Authorization header cannot carry. The message does not contain the key."""
    for i, character in enumerate(key):
        if not "!" <= character <= "~":
            raise HeadraceError(f"{origin} contains the character U+{ord(character):04X} at position {i + 1} of "
                                f"{len(key)}. A key consists of visible ASCII characters. Copy it again from the "
                                "server's admin.key file.")
    return key


def login_file(endpoint):
    """Returns the file with the user's login to a server, which may not exist; None without a home folder."""
    folder = _folder("XDG_STATE_HOME", ".local/state")
    name = hashlib.sha256(endpoint.text.encode()).hexdigest()
    return folder and folder / "logins" / f"{name[:32]}.json"


def _newest(running):
    for note in running:
        for address in (f"unix:{note.get('socket')}", note["url"]):
            endpoint = Endpoint(address)
            if endpoint.accepts():
                return endpoint
    raise HeadraceError("You have no server running on this machine, and HEADRACE_SERVER is not set. Start one "
                        f"with `headrace up`, or set HEADRACE_SERVER to {_SHAPE}.")


def _folder(variable, below_home):
    given = os.environ.get(variable, "")
    if os.path.isabs(given):
        return pathlib.Path(given) / "headrace"
    home = os.path.expanduser("~")
    return pathlib.Path(home) / below_home / "headrace" if os.path.isabs(home) else None


def _running_servers():
    """Returns what the running servers of this user have published, newest first."""
    folder = _folder("XDG_STATE_HOME", ".local/state")
    notes = []
    for file in (folder / "servers").glob("*.json") if folder else []:
        try:
            note = json.loads(file.read_text("utf-8"))
            if {"url", "data", "processId"} <= note.keys() and _is_running(note):
                notes.append((file.stat().st_mtime, note))
        except (OSError, ValueError, AttributeError):
            continue  # The server is starting or stopping.
    return [note for _, note in sorted(notes, key=lambda pair: pair[0], reverse=True)]


def _is_running(note):
    """A process is identified by its id and its start: ids are used again."""
    try:
        status = pathlib.Path(f"/proc/{note['processId']}/stat").read_text()
        return note.get("processStart") in (None, int(status.rpartition(")")[2].split()[19]))
    except (OSError, ValueError, IndexError):
        return False


def _configured_server():
    folder = _folder("XDG_CONFIG_HOME", ".config")
    file = folder and folder / "config.json"
    if not file or not file.exists():
        return None
    try:
        settings = json.loads(_COMMENTS.sub(lambda match: match.group(1) or "", file.read_text("utf-8-sig")))
    except (OSError, ValueError) as unreadable:
        raise HeadraceError(f"The settings file {file} cannot be read: {unreadable}. Correct it, or set "
                            "HEADRACE_SERVER to the address of the server.") from None
    for name, value in settings.items() if isinstance(settings, dict) else ():
        if name.lower() == "server" and isinstance(value, str) and value.strip():
            return value
    return None


def _read_key(file):
    try:
        return file.read_text().strip()
    except OSError:
        return None  # The server answers 401 and explains what to do.
