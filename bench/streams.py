"""python3 streams.py [OPEN]: what streams through to another maker cost beside each other: the memory of OPEN (5,000) streams that
have begun and stand still; and the time to the first token and between tokens of 50 streams of 64 deltas, 20 ms apart, straight
from the simulated maker and through each proxy. The gateway has core 0; the maker and the load have the others."""

import asyncio
import contextlib
import json
import resource
import subprocess
import sys
import time

from gateway import ROOT, Gateway, HAProxy, Nginx
from servers import free_port

MAKER = """
import sys, time
from mock import Mock, OPENAI, Plan
with Mock(OPENAI, port=int(sys.argv[1])) as maker:
    maker.keep_received = False
    maker.choose = lambda r: Plan(stall_after=1) if b"open" in r.body else Plan(pieces=("word ",) * 64, between=0.02)
    print("ready", flush=True)
    time.sleep(3600)
"""


@contextlib.contextmanager
def maker(port: int):
    process = subprocess.Popen(["taskset", "-c", "1", sys.executable, "-c", MAKER, str(port)], cwd=ROOT, stdout=subprocess.PIPE)
    process.stdout.readline()
    try:
        yield
    finally:
        process.kill()
        process.wait()


class Direct:
    """The maker itself."""

    key = "mock-key"

    def __init__(self, port: int):
        self.port = port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


async def begin(server, user: str):
    """A stream that has been asked for."""
    body = json.dumps({"model": "assistant", "stream": True, "user": user, "messages": [{"role": "user", "content": "x" * 900}]})
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write((f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
                  f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())  # fmt: skip
    return reader, writer


async def open_streams(server, count: int) -> tuple[int, int]:
    """Resident bytes before and with so many."""
    streams = []
    before = server.rss_bytes()
    for at in range(0, count, 100):
        for reader, writer in await asyncio.gather(*(begin(server, "open") for _ in range(min(100, count - at)))):
            await reader.readuntil(b'"content": "Hello"' if isinstance(server, (Nginx, HAProxy)) else b'"content":"Hello"')
            streams.append(writer)
    with_all = server.rss_bytes()
    for writer in streams:
        writer.transport.abort()
    return before, with_all


async def paced(server) -> tuple[list[float], list[float]]:
    """Milliseconds to the first token of each of 50 streams, and the longest gap between two tokens of each."""

    async def one(delay: float):
        await asyncio.sleep(delay)
        began = time.perf_counter()
        reader, writer = await begin(server, "paced")
        times = []
        while True:
            line = await reader.readline()
            if b'"word ' in line:
                times.append(time.perf_counter())
            if b"[DONE]" in line or not line:
                break
        writer.close()
        assert len(times) == 64, len(times)
        return (times[0] - began) * 1e3, max(b - a for a, b in zip(times, times[1:])) * 1e3

    both = await asyncio.gather(*(one(i * 0.003) for i in range(50)))
    return sorted(first for first, _ in both), sorted(gap for _, gap in both)


def main(count: int = 5000):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, 4 * count + 1000), limit))
    port = free_port()
    with maker(port):
        for make in (Direct, Nginx, HAProxy, Gateway, Direct, Nginx, HAProxy, Gateway):
            with make(port) as server:
                asyncio.run(paced(server))
                first, gaps = asyncio.run(paced(server))
                print(f"{make.__name__:8} first token p50 {first[25]:.2f} ms, p99 {first[49]:.2f}; longest gap p50 {gaps[25]:.1f} ms, "
                      f"worst {gaps[49]:.1f}", flush=True)  # fmt: skip
        for make in (Nginx, HAProxy, Gateway):
            with make(port) as server:
                before, with_all = asyncio.run(open_streams(server, count))
                print(f"{make.__name__:8} {count} open streams: {with_all / 1e6:.0f} MB, {before / 1e6:.0f} MB before", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
