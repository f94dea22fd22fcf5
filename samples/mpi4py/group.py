"""The rank side of a warm rank group (docs/mpi.md): joins the worker, sends heartbeats, and reads and writes frames."""
import os
import socket
import struct
import threading
import time

from mpi4py import MPI


class Group:
    def __init__(self, ranks):
        self.ranks = ranks
        self.busy = True  # whether the main thread waits for the worker or computes
        self.turns = 0  # how often it has looked for a message of a rank
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(os.environ["HEADRACE_RANK_SOCKET"])
        epoch = int(os.environ["HEADRACE_GROUP_EPOCH"])
        self._send(b"j", struct.pack("<IIIQ", 1, ranks.rank, ranks.size, epoch))
        threading.Thread(target=self._heartbeats, daemon=True).start()

    def jobs(self):
        """Returns batches of jobs on rank 0, each a list of pairs of an id and a body, until the group should stop."""
        self._send(b"r", struct.pack("<I", 1))
        while True:
            (length,) = struct.unpack("<I", self._read(4))
            frame = self._read(length)
            if frame[:1] == b"s":
                return
            if frame[:1] == b"c":
                yield list(self._parse(frame))

    def succeed(self, job, result):
        self._send(b"o", struct.pack("<II", job, 0), result)

    def fail(self, job, reason):
        self._send(b"e", struct.pack("<IB", job, 1), reason.encode())

    def wait(self):
        """Waits for a message of another rank without keeping a core busy for long, as a blocking receive would."""
        self.busy, spins = False, 0
        while not self.ranks.iprobe():
            self.turns, spins = self.turns + 1, spins + 1
            if spins > 100:
                time.sleep(0.001)
        self.busy = True

    @staticmethod
    def _parse(frame):
        (count,), at = struct.unpack_from("<I", frame, 1), 5
        for _ in range(count):
            job, _, _, params, content_type, body = struct.unpack_from("<IIQIII", frame, at)
            at += 28 + params + content_type
            yield job, frame[at : at + body]
            at += body

    def _read(self, count):
        parts = bytearray()
        while len(parts) < count:
            part = self._socket.recv(count - len(parts))
            if not part:
                os._exit(1)  # The worker has ended the group.
            parts += part
        return bytes(parts)

    def _send(self, kind, *content):
        content = b"".join(content)
        with self._lock:
            self._socket.sendall(struct.pack("<I", 1 + len(content)) + kind + content)

    def _heartbeats(self):
        seen = 0
        while True:
            try:
                if self.busy or self.turns != seen:
                    self._send(b"b")
                if self.ranks.rank != 0 and not self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    os._exit(1)
            except BlockingIOError:
                pass
            except OSError:
                os._exit(1)
            seen = self.turns
            time.sleep(1)
