"""The network between a phone and the server: a TCP proxy that can be up, down, a black hole, a captive portal, or mute
(requests arrive, and no answer comes back).

A browser's own offline switch does not reach every service worker, and it turns navigator.onLine off, which a
stairwell does not.
"""

import contextlib
import re
import socket
import struct
from threading import Lock, Thread
from typing import Literal

Mode = Literal["up", "down", "black_hole", "captive_portal", "mute"]

RESET = struct.pack("ii", 1, 0)  # linger 0: the peer sees a reset at once
PORTAL = b"<!doctype html><title>Free Wi-Fi</title><h1>Welcome! Please accept our terms.</h1>"
PORTAL_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(PORTAL), PORTAL)
)


class Network:
    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.mode: Mode = "up"
        self.portal_asked: list[str] = []  # such as "POST /sync/push"
        self.cut_after: int | None = None  # after so many bytes from the phone it goes down by itself
        self.cuts_pages = False  # whether HTML answers are cut off in the middle of their bodies
        self._live: set[socket.socket] = set()
        self._lock = Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def turn(self, mode: Mode) -> None:
        """Changes the mode, and cuts open connections, too: one kept alive would go on as before."""
        with self._lock:
            self.mode = mode
            live, self._live = self._live, set()
        for one in live:
            _close(one)

    def close(self) -> None:
        _close(self._listener)
        self.turn("down")

    def _accept(self) -> None:
        while True:
            try:
                phone, _ = self._listener.accept()
            except OSError:
                return
            Thread(target=self._serve, args=(phone,), daemon=True).start()

    def _serve(self, phone: socket.socket) -> None:
        with self._lock:
            mode = self.mode
            self._live.add(phone)
        if mode in ("up", "mute"):
            self._connect(phone, mute=mode == "mute")
        elif mode == "captive_portal":
            self._answer_as_portal(phone)
        elif mode == "down":
            with contextlib.suppress(OSError):  # it may be cut off at any time
                phone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._drop(phone)

    def _connect(self, phone: socket.socket, *, mute: bool) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port))
        except OSError:
            self._drop(phone)
            return
        with self._lock:
            self._live.add(server)
        try:
            for one in (phone, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:  # cut off meanwhile
            self._drop(phone)
            self._drop(server)
            return
        Thread(target=self._carry, args=(server, phone, mute), daemon=True).start()
        self._carry(phone, server, counts=True)

    def _carry(
        self, source: socket.socket, target: socket.socket, mute: bool = False, counts: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                head, _, body = data.partition(b"\r\n\r\n")
                if self.cuts_pages and body and b"text/html" in head:
                    target.sendall(data[: -len(body) // 2])
                    break
                if not mute:
                    target.sendall(data)
                if counts:
                    self._count(len(data))
        self._drop(source)
        self._drop(target)

    def _count(self, carried: int) -> None:
        with self._lock:
            if self.cut_after is None:
                return
            self.cut_after -= carried
            if self.cut_after > 0:
                return
            self.cut_after = None
        self.turn("down")

    def _answer_as_portal(self, phone: socket.socket) -> None:
        with contextlib.suppress(OSError):
            head, _, body = _received_until(phone, b"\r\n\r\n")
            length = _content_length(head)
            while len(body) < length and (data := phone.recv(65536)):
                body += data
            phone.sendall(PORTAL_ANSWER)
            self.portal_asked.append(b" ".join(head.split(b" ", 2)[:2]).decode(errors="replace"))
        self._drop(phone)

    def _drop(self, one: socket.socket) -> None:
        with self._lock:
            self._live.discard(one)
        _close(one)


def _received_until(source: socket.socket, end: bytes) -> tuple[bytes, bytes, bytes]:
    received = b""
    while end not in received and (data := source.recv(65536)):
        received += data
    return received.partition(end)


def _content_length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else 0


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
