"""`./dev bench serving`: many users on one small machine, beside llama-server in three of its settings.

Every load runs on every server in turn, `ROUNDS` times; the best of the peer's settings is quoted for each figure. The
model is Q4_0, made once from the default file. About half an hour on two cores; `serving NAME…` runs some loads only.
"""

import asyncio
import hashlib
import os
import pathlib
import statistics
import subprocess
import time

import servers
from chat_load import Chat, Summary, chat, keep_asking, percentile, words
from servers import MODEL, Entente, LlamaServer, Server

ROUNDS = int(os.environ.get("ENTENTE_BENCH_ROUNDS", "3"))
SECONDS = float(os.environ.get("ENTENTE_BENCH_SECONDS", "20"))


def as_layout(name: str) -> pathlib.Path:
    """The default file in another layout, made once."""
    made = MODEL.with_name(f"SmolLM2-135M-Instruct.{name}.gguf")
    if not made.exists():
        subprocess.run(["llama-quantize", "--allow-requantize", MODEL, f"{made}.part", name], check=True, capture_output=True)
        os.rename(f"{made}.part", made)
    return made


def ask(text: str) -> list[dict]:
    return [{"role": "user", "content": text}]


def chatter(random) -> tuple[list[dict], int]:
    """A chat's prompt, log-normal around 120 tokens, answered with 64 to 128."""
    return ask(words(random, int(min(800, random.lognormvariate(4.6, 0.5))))), random.randint(64, 128)


class Setting:
    """A server to be measured: its name, and how it is started."""

    def __init__(self, name: str, start):
        self.name, self.start = name, start


PEERS = [
    Setting("default", lambda: LlamaServer()),
    Setting("-np 8 -kvu -b 256 -ub 256", lambda: LlamaServer("-np", "8", "-kvu", "-c", "16384", "-b", "256", "-ub", "256", "-t", "2")),
    Setting("-np 8 -no-kvu", lambda: LlamaServer("-np", "8", "-no-kvu", "-c", "40960", "-t", "2")),
]


def ours(settings: str = "") -> Setting:
    return Setting("Entente", lambda: Entente(settings=f"[engine]\nsequences = 8\ncontext_tokens = 5120\n{settings}"))


async def timed(work) -> tuple[list[Chat], float]:
    began = time.monotonic()
    chats = await work
    return chats, time.monotonic() - began


def key_of(server: Server, tenant: str) -> str:
    if isinstance(server, Entente):
        return server._entente("keys", "create", tenant, "--tenant", tenant)["secret"]
    return ""


# The loads. Each takes a running server and gives figures by name; a figure is better larger unless it says otherwise.

async def chatting(server: Server) -> dict[str, float]:
    chats, took = await timed(keep_asking(server, 8, SECONDS, chatter))
    s = Summary(chats, took)
    print(f"    {s}", flush=True)
    return {"goodput/s": s.goodput, "tokens/s": s.tokens_per_second, "first p99 ms <": s.first(.99) * 1000,
            "gap p99 ms <": s.gap(.99) * 1000}


async def shared_prompt(server: Server) -> dict[str, float]:
    system = {"role": "system", "content": words(__import__("random").Random(1), 950)}

    def make(random):
        return [system, *ask(words(random, 20))], 32

    chats, took = await timed(keep_asking(server, 16, SECONDS, make))
    s = Summary(chats, took)
    print(f"    {s}", flush=True)
    return {"requests/s": len(s.ok) / took, "first p50 ms <": s.first(.5) * 1000}


async def long_prompts(server: Server) -> dict[str, float]:
    ends = time.monotonic() + 1.5 * SECONDS
    longs: list[Chat] = []

    async def books():
        source = __import__("random").Random(5)
        while time.monotonic() < ends:
            longs.append(await chat(server, ask(words(source, 3900)), 16, limit=40))
            await asyncio.sleep(max(0.0, 10 - (time.monotonic() - longs[-1].asked)))

    chats, _, = await asyncio.gather(keep_asking(server, 7, 1.5 * SECONDS, chatter), books())
    s = Summary(chats, 1.5 * SECONDS)
    killed = sum(bool(c.failed) and c.status == 200 for c in chats + longs) + sum(c.status == 500 for c in chats + longs)
    print(f"    {s}; long: {[round(c.first, 1) if c.ok else c.failed[:40] or c.status for c in longs]}", flush=True)
    return {"gap p99 ms <": s.gap(.99) * 1000, "gap max ms <": s.gap(1) * 1000, "long ones done": sum(c.ok for c in longs),
            "killed <": killed, "tokens/s": s.tokens_per_second}


async def greedy_and_modest(server: Server) -> dict[str, float]:
    greedy, modest = key_of(server, "greedy"), key_of(server, "modest")
    alone, took = await timed(keep_asking(server, 2, SECONDS / 2, chatter, modest))
    alone_speed = Summary(alone, took).tokens_per_second
    began = time.monotonic()
    many, few = await asyncio.gather(keep_asking(server, 20, SECONDS, chatter, greedy), keep_asking(server, 2, SECONDS, chatter, modest))
    # Each to its own last word: the one that waits longest must not dilute the other.
    a, b = (Summary(chats, max([c.arrivals[-1] for c in chats if c.ok], default=began + SECONDS) - began) for chats in (many, few))
    total = a.tokens_per_second + b.tokens_per_second
    print(f"    modest alone {alone_speed:.0f} tok/s; greedy: {a}\n    modest: {b}", flush=True)
    return {"modest tokens/s": b.tokens_per_second, "modest of its due": b.tokens_per_second / min(alone_speed, total / 2),
            "modest first p99 ms <": b.first(.99) * 1000, "total tokens/s": total}


async def overload(server: Server) -> dict[str, float]:
    """Open loop at three times what the machine sustains; the sustainable rate is measured on the same server first."""
    chats, took = await timed(keep_asking(server, 8, SECONDS / 2, chatter))
    sustainable = len(Summary(chats, took).ok) / took
    source = __import__("random").Random(9)
    tasks = []
    began = time.monotonic()
    while time.monotonic() < began + SECONDS:
        messages, length = chatter(source)
        tasks.append(asyncio.create_task(chat(server, messages, length)))
        await asyncio.sleep(source.expovariate(3 * sustainable))
    chats = await asyncio.gather(*tasks)
    s = Summary(chats, time.monotonic() - began)
    s.seconds = SECONDS
    refusals = [c.answered - c.asked for c in chats if c.status in (429, 503)]
    print(f"    sustainable {sustainable:.2f}/s; {s}; refusal p99 {percentile(refusals, .99) * 1000:.0f} ms", flush=True)
    return {"goodput/s": s.goodput, "goodput of sustainable": s.goodput / sustainable,
            "refusal p99 ms <": percentile(refusals, .99) * 1000 if refusals else float("nan")}


async def leaving(server: Server) -> dict[str, float]:
    """All eight places are in a long prefill when their users leave; how long until a newcomer has its first token."""
    waits = []
    for i in range(3):
        source = __import__("random").Random(i)
        await asyncio.gather(*(chat(server, ask(words(source, 3900)), 16, leave_after=0.7) for _ in range(8)))
        waits.append((await chat(server, ask("hi"), 4)).first)
    print(f"    newcomer's first token after {[round(w * 1000) for w in waits]} ms", flush=True)
    return {"newcomer's first ms <": statistics.median(waits) * 1000}


LOADS = {
    "chatting": (chatting, ""),
    "shared_prompt": (shared_prompt, 'patience = "60s"\n'),
    "long_prompts": (long_prompts, 'patience = "60s"\n'),
    "greedy_and_modest": (greedy_and_modest, ""),
    "overload": (overload, 'patience = "1500ms"\n'),
    "leaving": (leaving, ""),
}


def run(names: list[str]) -> list[tuple[str, str, str, str]]:
    servers.MODEL = as_layout("Q4_0")
    print(f"model: {servers.MODEL.name}, sha256 {hashlib.sha256(servers.MODEL.read_bytes()).hexdigest()}", flush=True)
    rows = []
    for name in names or list(LOADS):
        load, settings = LOADS[name]
        seen: dict[str, dict[str, list[float]]] = {}
        for number in range(ROUNDS):
            for setting in [ours(settings), *PEERS] if number % 2 == 0 else [*PEERS, ours(settings)]:
                print(f"  {name}, round {number + 1}, {setting.name}", flush=True)
                with setting.start() as server:
                    asyncio.run(keep_asking(server, 2, 3, chatter))  # both learn what the machine can do
                    for figure, value in asyncio.run(load(server)).items():
                        seen.setdefault(figure, {}).setdefault(setting.name, []).append(value)
        for figure, by_setting in seen.items():
            middles = {s: statistics.median(v) for s, v in by_setting.items()}
            mine = middles.pop("Entente")
            smaller = figure.endswith("<")
            best = min(middles, key=lambda s: middles[s] if smaller else -middles[s])
            spread = by_setting["Entente"]
            theirs = by_setting[best]
            rows.append((f"{name}: {figure.removesuffix(' <')}", f"{mine:.3g} ({min(spread):.3g}–{max(spread):.3g})",
                         f"{best} {middles[best]:.3g} ({min(theirs):.3g}–{max(theirs):.3g})",
                         f"{mine / middles[best]:.2f}" if middles[best] else "–"))
    return rows
