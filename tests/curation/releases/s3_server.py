"""An S3-compatible storage in a process of its own (moto's server), and a line to it that can be cut."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

KEYS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Server:
    """Started when it is made, and ready."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        words = "from moto.server import main; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", words, "-H", "127.0.0.1", "-p", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.url = f"http://127.0.0.1:{self.port}"
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self.process.poll() is None and time.monotonic() < deadline, "moto's server did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


class Line:
    """A way to the server that can be cut.

    cut: so many connections are torn, each after `after` bytes in the direction that reaches them first.
    down: nobody is let in. `torn` counts what was cut.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.cut = self.torn = 0
        self.after = 1_000
        self.down = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _listen(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self.listener.accept()
                if self.down:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.port))
                for here, there in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(here, there), daemon=True).start()

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        carried = 0
        with suppress(OSError):
            while piece := here.recv(1 << 14):
                carried += len(piece)
                if self.down or (self.cut and carried > self.after):
                    if not self.down:
                        self.cut -= 1
                    self.torn += 1
                    there.sendall(piece[: len(piece) // 2])
                    break
                there.sendall(piece)
        for end in (here, there):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads from the other side
                end.close()  # with unread bytes: whoever goes on sending is told at once
