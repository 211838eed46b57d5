"""`./dev bench drafting`: one user, and two at once, of a model beside which a small one guesses; beside llama-server's own way.

The large model is the default file as 32-bit numbers, the small one the same as Q4_0, both made once by llama-quantize: as
unlike in speed as two sizes of one family, and as like in what they say as such a pair can be, so this is the best that
guessing can give here.
"""

import asyncio
import random
import statistics
import time

import servers
from chat_load import keep_asking
from serving import ROUNDS, as_layout, ask
from servers import Entente, LlamaServer

ASKED = ["Tell me how a letter travels from one village to another.", "Write a short story about a farmer and the rain.",
         "Explain why the sea is salty.", "What should a nurse know about the night shift?"]


class Drafting(Entente):
    def prepare(self) -> None:
        super().prepare()
        self._entente("models", "import", str(as_layout("Q4_0")), "--name", "small")


def settings() -> dict:
    engine = "[engine]\nsequences = 8\ncontext_tokens = 2048\n"
    return {
        "Entente": lambda: Drafting(settings=engine),
        "Entente, draft": lambda: Drafting(settings=f'{engine}[[engine.models]]\nname = "smollm2:135m"\ndraft = "small"\n'),
        "llama-server": lambda: LlamaServer("-np", "2", "-c", "4096", "-t", "2"),
        "llama-server, draft": lambda: LlamaServer("-np", "2", "-c", "4096", "-t", "2", "-md", str(as_layout("Q4_0"))),
    }


async def speed(server, users: int) -> float:
    def make(source: random.Random):
        return ask(source.choice(ASKED)), 128

    began = time.monotonic()
    chats = await keep_asking(server, users, 8, make)
    return sum(c.tokens for c in chats if c.ok) / (time.monotonic() - began)


def run() -> list[tuple[str, str, str, str]]:
    servers.MODEL = as_layout("F32")
    seen: dict[tuple[int, str], list[float]] = {}
    for number in range(ROUNDS):
        order = list(settings().items())
        for name, start in order if number % 2 == 0 else reversed(order):
            with start() as server:
                asyncio.run(speed(server, 1))  # it learns what the machine can do
                for users in (1, 2):
                    seen.setdefault((users, name), []).append(asyncio.run(speed(server, users)))
                    print(f"  round {number + 1}, {name}, {users} at once: {seen[users, name][-1]:.0f} tokens/s", flush=True)
    rows = []
    for users in (1, 2):
        def told(name: str) -> str:
            values = seen[users, name]
            return f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})"
        for name in ("Entente", "llama-server"):
            gains = [a / b for a, b in zip(seen[users, f"{name}, draft"], seen[users, name])]
            rows.append((f"{name}, {users} at once: tokens/s with a draft model", told(f"{name}, draft"),
                         f"without {told(name)}", f"{statistics.median(gains):.2f} [{min(gains):.2f}, {max(gains):.2f}]"))
    return rows
