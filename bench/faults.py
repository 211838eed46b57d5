"""A run with injected faults: many requests at once through Entente to two simulated deployments, the first of which fails one
time in five in every way there is. What must hold: every request has an answer or an explicit error, every attempt has an
outcome, and every answer is billed exactly once. Used by tests/fault_run_test.py with few requests, by hand with 10,000:

    python3 bench/faults.py URL KEY STORE COUNT      (against a server that is configured as the test does)
"""

import concurrent.futures
import http.client
import json
import random
import sqlite3
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

from mock import Plan, Usage

USAGE = Usage(prompt=11, completion=4)
FAULTS = [
    Plan(status=500), Plan(status=503, error="overloaded"), Plan(drop_before_headers=True), Plan(cut_after=0), Plan(reset_after=0),
    Plan(end_after=0), Plan(bad_json_after=0), Plan(error_after=0), Plan(gzip=True), Plan(content_type="text/html"),
    Plan(cut_after=2), Plan(reset_after=2), Plan(bad_json_after=2), Plan(error_after=2), Plan(end_after=2),
]  # fmt: skip


def one_in_five(seed: int):
    chance = random.Random(seed)
    return lambda _: chance.choice(FAULTS) if chance.random() < 0.2 else Plan(usage=USAGE)


@dataclass
class Totals:
    answered: int = 0  # whole, as the client saw it
    told: int = 0  # an explicit error, before or in the answer
    lost: int = 0  # neither


def ask_many(url: str, key: str, count: int, workers: int = 8) -> Totals:
    where = urlsplit(url)

    def worker(numbers: range) -> Counter:
        seen = Counter()
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        for number in numbers:
            stream = number % 2 == 0
            body = {"model": "assistant", "messages": [{"role": "user", "content": f"Number {number}"}], "stream": stream}
            connection.request("POST", "/v1/chat/completions", json.dumps(body),
                               {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})  # fmt: skip
            try:
                response = connection.getresponse()
                text = response.read().decode()
            except http.client.HTTPException as cut:  # a stream that ends with its error also ends its connection
                text = (cut.partial or b"").decode() if isinstance(cut, http.client.IncompleteRead) else ""
                connection.close()
            whole = text.rstrip().endswith("data: [DONE]") if stream else '"finish_reason":"stop"' in text
            seen["answered" if whole else "told" if '"error":{' in text else "lost"] += 1
        connection.close()
        return seen

    share = -(-count // workers)
    parts = [range(at, min(at + share, count)) for at in range(0, count, share)]
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        total = sum(pool.map(worker, parts), Counter())
    return Totals(total["answered"], total["told"], total["lost"])


def recorded(store: str) -> dict:
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as rows:
        kinds = dict(rows.execute("SELECT COALESCE(o.kind, 'none'), COUNT(*) FROM attempts a LEFT JOIN outcomes o ON o.intent = a.number GROUP BY 1"))
        twice = rows.execute("SELECT COUNT(*) FROM (SELECT a.request FROM attempts a JOIN outcomes o ON o.intent = a.number "
                             "WHERE o.kind = 'answered' GROUP BY a.request HAVING COUNT(*) > 1)").fetchone()[0]  # fmt: skip
        tokens = rows.execute("SELECT SUM(prompt_tokens), SUM(completion_tokens) FROM outcomes WHERE kind = 'answered'").fetchone()
    return {"kinds": kinds, "answered twice": twice, "tokens": tokens}


if __name__ == "__main__":
    import sys

    url, key, store, count = sys.argv[1:]
    print(ask_many(url, key, int(count)), recorded(store))
