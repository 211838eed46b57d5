"""The simulator's server: HTTP/1.1 by hand, so that every byte and every fault is ours. A maker is a module with

    authorize(request) -> None | Reply      who may ask
    answer(request, plan) -> Reply          the whole answer, or frames of a stream

Runs on a thread of its own. Tests read `received` and set `plan` or queue `plans`."""

import asyncio
import dataclasses
import gzip
import json
import socket
import ssl
import struct
import threading
import time
from collections import deque

from .plan import Plan


class Refused(Exception):
    """The request is not one that this maker takes: status and the maker's error object."""

    def __init__(self, status: int, body: dict, headers: dict | None = None):
        super().__init__(str(body))
        self.status, self.body, self.headers = status, body, headers or {}


@dataclasses.dataclass
class Received:
    method: str
    target: str
    headers: dict  # lower-case names
    body: bytes
    connection: int  # which of the server's connections, from 1
    at: float
    resumed: bool = False  # its TLS session was resumed
    client_certificate: str = ""  # subject
    left_after: float | None = None  # seconds until the client closed before the answer was whole
    whole: bool = False  # the answer was sent to its end

    @property
    def path(self) -> str:
        return self.target.split("?")[0]

    @property
    def json(self):
        return json.loads(self.body)


@dataclasses.dataclass
class Reply:
    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""
    frames: list | None = None  # of a stream: (is it a delta?, bytes)
    pings: bytes = b": keep-alive\n\n"
    broken: bytes = b'data: {"choices": [{"delta"\n\n'  # what bad JSON looks like here
    error_frame: bytes = b""


class Mock:
    def __init__(self, maker, tls: ssl.SSLContext | None = None, port: int = 0, key: str = "mock-key"):
        self.maker, self.tls, self.port, self.key = maker, tls, port, key
        self.takes_key = lambda key: key == self.key
        self.plan: Plan = Plan()
        self.choose = None  # or a function of the request that gives a plan
        self.plans: deque[Plan] = deque()  # used up first
        self.received: list[Received] = []
        self.keep_received = True
        self.connections = 0
        self.open = 0

    # On the caller's thread.

    def __enter__(self):
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{'localhost' if self.tls else '127.0.0.1'}:{self.port}"

    def script(self, *plans: Plan):
        self.plans.extend(plans)
        return self

    def reset(self):
        self.plans.clear()
        self.received.clear()
        self.plan, self.choose = Plan(), None

    # On the server's thread.

    def _run(self, ready):
        asyncio.run(self._serve(ready))

    async def _serve(self, ready):
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, ssl=self.tls, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.sleep(0)

    async def _connection(self, reader, writer):
        self.connections += 1
        self.open += 1
        number = self.connections
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while await self._one(reader, writer, number):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError, TimeoutError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _read(self, reader, writer, number) -> Received | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        lines = head.split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if colon:
                headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = b""
        if headers.get("transfer-encoding") == "chunked":
            while size := int((await reader.readline()).split(b";")[0], 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        elif length := int(headers.get("content-length", "0")):
            body = await reader.readexactly(length)
        received = Received(method, target, headers, body, number, time.monotonic())
        if self.tls:
            secure = writer.get_extra_info("ssl_object")
            received.resumed = bool(secure.session_reused)
            subject = (secure.getpeercert() or {}).get("subject", ())
            received.client_certificate = ", ".join(f"{k}={v}" for part in subject for k, v in part)
        return received

    async def _one(self, reader, writer, number) -> bool:
        received = await self._read(reader, writer, number)
        if received is None:
            return False
        if self.keep_received:
            self.received.append(received)
        if self.plans:
            plan = self.plans.popleft()
        else:
            plan = self.choose(received) if self.choose else self.plan
        # A client that leaves is seen at once: there is nothing else for it to say.
        leaving = asyncio.ensure_future(reader.read(1))
        leaving.add_done_callback(lambda done: done.cancelled() or done.exception())  # a reset is a leaving, too
        answering = asyncio.ensure_future(self._answer(received, plan, writer))
        await asyncio.wait({leaving, answering}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            received.left_after = time.monotonic() - received.at
            answering.cancel()
            return False
        keep = answering.result()
        if leaving.done():
            return False
        leaving.cancel()
        try:
            await leaving
        except asyncio.CancelledError:
            pass
        return keep and received.headers.get("connection", "").lower() != "close"

    def _reply(self, received: Received, plan: Plan) -> Reply:
        try:
            self.maker.authorize(received, self.takes_key)
            if plan.body is not None:
                return Reply(plan.status, {"content-type": "application/json", **plan.headers}, plan.body)
            if plan.status != 200:
                status, body = self.maker.failure(plan.status, plan.error)
                raise Refused(status, body, plan.headers)
            reply = self.maker.answer(received, plan)
            reply.headers.update(plan.headers)
            return reply
        except Refused as refused:
            scripted = plan.headers if plan.status != 200 else {}
            headers = {"content-type": "application/json", **refused.headers, **scripted}
            return Reply(refused.status, headers, json.dumps(refused.body).encode())

    async def _answer(self, received: Received, plan: Plan, writer) -> bool:
        if plan.drop_before_headers:
            return False
        if plan.before_headers:
            await asyncio.sleep(plan.before_headers)
        if plan.raw is not None:
            await self._write(writer, plan.raw, plan)
            return False
        reply = self._reply(received, plan)
        if plan.content_type:
            reply.headers["content-type"] = plan.content_type
        whole = await (self._stream(reply, plan, writer) if reply.frames is not None else self._whole(reply, plan, writer))
        received.whole = whole
        return whole and not plan.close_after and plan.framing != "close"

    async def _write(self, writer, data: bytes, plan: Plan):
        if not plan.fragment:
            writer.write(data)
        else:
            for at in range(0, len(data), plan.fragment):
                writer.write(data[at : at + plan.fragment])
                await writer.drain()
                await asyncio.sleep(0)
        await writer.drain()

    @staticmethod
    def _head(reply: Reply, framing: str) -> bytes:
        lines = [f"HTTP/1.1 {reply.status} Simulated"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        return "\r\n".join(lines + ([framing] if framing else []) + ["", ""]).encode()

    async def _whole(self, reply: Reply, plan: Plan, writer) -> bool:
        body = reply.body
        if plan.gzip:
            body = gzip.compress(body)
            reply.headers["content-encoding"] = "gzip"
        length = len(body) + plan.length_off_by
        await self._write(writer, self._head(reply, f"content-length: {length}") + body, plan)
        return plan.length_off_by == 0

    async def _stream(self, reply: Reply, plan: Plan, writer) -> bool:
        frames = reply.frames
        if plan.gzip:
            packed = gzip.compress(b"".join(data for _, data in frames))
            frames, reply.headers["content-encoding"] = [(True, packed)], "gzip"
        chunked = plan.framing == "chunked"
        total = sum(len(data) for _, data in frames) + plan.length_off_by
        framing = {"chunked": "transfer-encoding: chunked", "length": f"content-length: {total}", "close": "connection: close"}
        head = self._head(reply, framing[plan.framing])
        if not plan.between and not plan.before_first and not plan.fragment and plan.framing == "chunked":
            head, waiting = b"", head  # leaves with the first frame, as from a real server
        else:
            waiting = b""
            await self._write(writer, head, plan)
        deltas = 0

        def frame(data: bytes) -> bytes:
            return b"%x\r\n%s\r\n" % (len(data), data) if chunked else data

        async def send(data: bytes):
            nonlocal waiting
            await self._write(writer, waiting + frame(data), plan)
            waiting = b""

        if plan.before_first:
            await asyncio.sleep(plan.before_first)
        for is_delta, data in frames:
            if is_delta:
                if plan.cut_after == deltas or plan.reset_after == deltas:
                    if waiting:
                        await self._write(writer, waiting, plan)
                    if plan.reset_after == deltas:
                        await asyncio.sleep(0.01)  # what was sent arrives before the reset
                        writer.get_extra_info("socket").setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        writer.transport.abort()
                    return False
                if plan.stall_after == deltas:
                    if waiting:
                        await self._write(writer, waiting, plan)
                    await asyncio.sleep(3600)
                if plan.half_close_after == deltas:
                    if waiting:
                        await self._write(writer, waiting, plan)
                    writer.write_eof()
                    await asyncio.sleep(3600)
                if plan.bad_json_after == deltas:
                    await send(reply.broken)
                if plan.error_after == deltas:
                    await send(reply.error_frame)
                    break
                if plan.end_after == deltas:
                    break
                if plan.between and deltas:
                    await asyncio.sleep(plan.between)
                if plan.pings and reply.pings:
                    await send(reply.pings)
                deltas += 1
            await send(data)
        if waiting:
            await self._write(writer, waiting, plan)
        if chunked:
            await self._write(writer, b"0\r\n\r\n", plan)
        return True
