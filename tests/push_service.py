"""A push service like Mozilla's, on loopback: browsers talk to it over a web socket, and servers post messages to it.

It refuses what a real one refuses: a message without a TTL, in another encoding, of more than 4,096 bytes, or with a
signature that does not hold.
"""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import WSMsgType, web
from cryptography.hazmat.primitives.asymmetric import ec

MOST_BYTES = 4096
LONGEST_SIGNATURE_S = 86_400
DECRYPTED, NOT_DECRYPTED = 100, 101  # the codes with which Firefox acknowledges a message

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Channel:
    """A subscription. `agent`: the browser; `key`: the server key for which it was made, if any."""

    agent: str
    channel_id: str
    key: bytes | None


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    channels: dict[str, Channel] = field(default_factory=dict)
    lines: dict[str, web.WebSocketResponse] = field(default_factory=dict)  # of browsers that are connected
    kept: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # messages not acknowledged yet
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)  # to the next messages, in place of the usual ones
    tamper: bool = False  # changes one bit of each message that is passed on
    has_a_clock: bool = True  # False where a test sets the time: when signatures expire is not checked

    def start(self) -> "PushService":
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(10)
        return self

    async def _serve(self) -> None:
        app = web.Application()
        app.add_routes([web.get("/", self._browser), web.post("/push/{token}", self._message)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.origin = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def endpoint(self, token: str = "somebody") -> str:
        """A subscription's address whose browser never connects."""
        self.channels[token] = Channel(agent=token, channel_id=token, key=None)
        return f"{self.origin}/push/{token}"

    async def _browser(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse(protocols=("push-notification",))
        await line.prepare(request)
        agent = ""
        async for message in line:
            if message.type != WSMsgType.TEXT:
                break
            said = json.loads(message.data)
            agent = (
                said.get("uaid") or agent or base64.b16encode(time.time_ns().to_bytes(16)).decode().lower()
            )
            await self._heard(said, agent, line)
        if self.lines.get(agent) is line:
            del self.lines[agent]
        return line

    async def _heard(self, said: dict[str, Any], agent: str, line: web.WebSocketResponse) -> None:
        kind = said.get("messageType")
        if kind == "hello":
            self.lines[agent] = line
            await line.send_json({"messageType": "hello", "uaid": agent, "status": 200, "use_webpush": True})
            for message in self.kept.get(agent, []):
                await line.send_json(message)
        elif kind == "register":
            token = base64.urlsafe_b64encode(f"{agent}/{said['channelID']}".encode()).decode().rstrip("=")
            key = from_base64(said["key"]) if said.get("key") else None
            self.channels[token] = Channel(agent, said["channelID"], key)
            here = {"channelID": said["channelID"], "pushEndpoint": f"{self.origin}/push/{token}"}
            await line.send_json({"messageType": "register", "status": 200, **here})
        elif kind == "unregister":
            gone = [
                token for token, channel in self.channels.items() if channel.channel_id == said["channelID"]
            ]
            for token in gone:
                del self.channels[token]
            await line.send_json({"messageType": kind, "channelID": said["channelID"], "status": 200})
        elif kind == "ack":
            self.acknowledged += said["updates"]
            done = {update["version"] for update in said["updates"]}
            self.kept[agent] = [kept for kept in self.kept.get(agent, []) if kept["version"] not in done]
        elif kind is None:
            await line.send_str("{}")

    async def _message(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.received.append(Received(request.path, dict(request.headers), body))
        if self.answers:
            return await self.answers.pop(0)(request)
        channel = self.channels.get(request.match_info["token"])
        if channel is None:
            return web.Response(status=410)
        fault = self._fault(request, body, channel)
        if fault is not None:
            return web.Response(status=fault[0], text=fault[1])
        await self._pass_on(channel, body)
        return web.Response(status=201)

    def _fault(self, request: web.Request, body: bytes, channel: Channel) -> tuple[int, str] | None:
        if not request.headers.get("TTL", "").isdigit():
            return 400, "no TTL"
        if request.headers.get("Content-Encoding") != "aes128gcm":
            return 400, "encoding"
        if len(body) > MOST_BYTES:
            return 413, "too large"
        signature = request.headers.get("Authorization", "")
        return unsigned(signature, self.origin, channel.key, time.time() if self.has_a_clock else None)

    async def _pass_on(self, channel: Channel, body: bytes) -> None:
        if self.tamper:
            body = body[:-1] + bytes([body[-1] ^ 1])
        message = {
            "messageType": "notification",
            "channelID": channel.channel_id,
            "version": f"v{len(self.received)}",
            "data": base64.urlsafe_b64encode(body).decode().rstrip("="),
            "headers": {"encoding": "aes128gcm"},
        }
        self.kept.setdefault(channel.agent, []).append(message)
        if channel.agent in self.lines:
            await self.lines[channel.agent].send_json(message)


def unsigned(header: str, origin: str, key: bytes | None, now: float | None) -> tuple[int, str] | None:
    """What is wrong with the signature (RFC 8292): HTTP status and reason, or None. `now`: seconds since 1970; None not
    to check when it expires."""
    if not header.lower().startswith("vapid "):
        return 401, "not signed"
    parts = dict(part.strip().split("=", 1) for part in header[6:].split(","))
    if key is not None and from_base64(parts["k"]) != key:
        return 403, "another key"
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64(parts["k"]))
    try:
        options: Any = {"verify_exp": now is not None}
        claims = jwt.decode(parts["t"], public, algorithms=["ES256"], audience=origin, options=options)
    except jwt.PyJWTError as error:
        return 403, f"{error!r}"
    too_long = now is not None and claims["exp"] > now + LONGEST_SIGNATURE_S
    return (403, "signed for too long") if too_long else None


def from_base64(text: str) -> bytes:
    text = text.rstrip("=")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
