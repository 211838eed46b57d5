"""Many users at once: streamed chats over asyncio, every token's arrival noted."""

import asyncio
import json
import random
import statistics
import time
from dataclasses import dataclass, field

from servers import Server


@dataclass
class Chat:
    """One request as its user saw it. Times are seconds on the monotonic clock."""

    asked: float
    status: int = 0
    arrivals: list[float] = field(default_factory=list)  # of each piece of text
    tokens: int = 0
    retry_after: float = 0
    failed: str = ""
    answered: float = 0  # the head of the answer, or the refusal

    @property
    def ok(self) -> bool:
        return self.status == 200 and not self.failed and self.tokens > 0

    @property
    def first(self) -> float:
        return self.arrivals[0] - self.asked if self.arrivals else float("inf")

    @property
    def per_token(self) -> float:
        return (self.arrivals[-1] - self.arrivals[0]) / max(1, self.tokens - 1)

    @property
    def gaps(self) -> list[float]:
        return [b - a for a, b in zip(self.arrivals, self.arrivals[1:])]

    @property
    def good(self) -> bool:
        """What vLLM's benchmarks call goodput: in time at the first token, and fast enough from there."""
        return self.ok and self.first <= 2.0 and self.per_token <= 0.1


async def chat(server: Server, messages: list[dict], max_tokens: int, key: str = "", leave_after: float | None = None,
               limit: float = 30, **extra) -> Chat:
    body = json.dumps({"model": "smollm2:135m", "messages": messages, "max_tokens": max_tokens, "temperature": 0,
                       "stream": True, "stream_options": {"include_usage": True}, **extra}).encode()
    head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {key or server.headers.get('Authorization', '').removeprefix('Bearer ')}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode()
    seen = Chat(time.monotonic())
    writer = None
    try:
        async with asyncio.timeout(leave_after or limit):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1 << 22)
            writer.write(head + body)
            seen.status = int((await reader.readline()).split()[1])
            seen.answered = time.monotonic()
            while (line := await reader.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"retry-after:"):
                    seen.retry_after = float(line.split(b":")[1])
            if seen.status != 200:
                seen.failed = (await reader.read(400)).decode(errors="replace")
                return seen
            while line := await reader.readline():
                if line.startswith(b"data: {"):
                    chunk = json.loads(line[6:])
                    if chunk.get("error"):
                        seen.failed = json.dumps(chunk["error"])
                    if any(choice["delta"].get("content") for choice in chunk.get("choices") or []):
                        seen.arrivals.append(time.monotonic())
                    if usage := chunk.get("usage"):
                        seen.tokens = usage["completion_tokens"]
                elif line.startswith(b"data: [DONE]"):
                    break
            if not seen.tokens and not seen.failed:
                seen.failed = "ended without usage"
    except TimeoutError:
        seen.failed = "left" if leave_after else "timed out"
    except (OSError, ValueError, IndexError) as failure:
        seen.failed = f"{type(failure).__name__}: {failure}"
    finally:
        if writer:
            writer.close()
    return seen


WORDS = ("river mountain sea market school teacher farmer harvest rain letter bridge village council law record office road "
         "hospital nurse machine water light winter summer morning evening story question answer travel price bread").split()


def words(random: random.Random, tokens: int) -> str:
    """About so many tokens of plain text, different each time."""
    return " ".join(random.choice(WORDS) for _ in range(max(1, tokens)))


async def keep_asking(server: Server, users: int, seconds: float, make, key: str = "", pause: float = 0.0) -> list[Chat]:
    """Closed loop: each of `users` asks again as soon as it is answered. `make(random)` gives messages and a length."""
    ends = time.monotonic() + seconds
    done: list[Chat] = []

    async def one(number: int) -> None:
        source = random.Random(number)
        while time.monotonic() < ends:
            messages, length = make(source)
            seen = await chat(server, messages, length, key)
            done.append(seen)
            await asyncio.sleep(min(seen.retry_after, max(0, ends - time.monotonic())) if seen.status in (429, 503) else pause)

    await asyncio.gather(*(one(i) for i in range(users)))
    return done


def percentile(values: list[float], share: float) -> float:
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class Summary:
    chats: list[Chat]
    seconds: float

    @property
    def ok(self) -> list[Chat]:
        return [c for c in self.chats if c.ok]

    @property
    def tokens_per_second(self) -> float:
        return sum(c.tokens for c in self.ok) / self.seconds

    @property
    def goodput(self) -> float:
        return sum(c.good for c in self.chats) / self.seconds

    def first(self, share: float) -> float:
        return percentile([c.first for c in self.ok if c.arrivals], share)

    def gap(self, share: float) -> float:
        return percentile([g for c in self.ok for g in c.gaps], share)

    def __str__(self) -> str:
        refused = sum(c.status in (429, 503) for c in self.chats)
        failed = len(self.chats) - len(self.ok) - refused
        per_token = statistics.median([c.per_token for c in self.ok]) if self.ok else float("nan")
        return (f"{len(self.ok)} answered, {refused} refused, {failed} failed; {self.tokens_per_second:.0f} tok/s, "
                f"goodput {self.goodput:.2f}/s, TTFT {self.first(.5) * 1000:.0f}/{self.first(.99) * 1000:.0f} ms, "
                f"gaps p99 {self.gap(.99) * 1000:.0f} max {self.gap(1) * 1000:.0f} ms, per token {per_token * 1000:.0f} ms")
