"""What is measured, one function a group. Each returns rows: (what, Entente, peer, ratio or goal)."""

import http.client
import json
import re
import subprocess
import threading
import time

from load import cpu_microseconds_per_request, stream_chat
from pairs import Ratio, alternate, middle, spread
from servers import BINARY, MODEL, ROOT, Entente, LlamaServer, Nginx

Row = tuple[str, str, str, str]
MB = 1_000_000
QUESTION = [{"role": "user", "content": "Tell me about rivers, mountains and the sea."}]
# Long enough that its prompt is several hundred tokens; varied, so that no cache of a peer helps it.
PASSAGE = (ROOT / "LICENSE").read_text()


def _threads() -> int:
    import os
    return len(os.sched_getaffinity(0))


def start() -> list[Row]:
    """From the start of the process to the first good answer of the health check."""
    def entente(model: bool) -> float:
        with Entente(model) as server:
            return server.ready_seconds * 1000

    def llama_server() -> float:
        with LlamaServer() as server:
            return server.ready_seconds * 1000

    bare = [entente(False) for _ in range(7)]
    loaded = alternate(lambda: entente(True), llama_server, 5)
    return [
        ("start to ready, no model, ms", f"{middle(bare):.0f} ({spread(bare)})", "–", "goal ≤ 100"),
        ("start to ready with the model, ms", f"{middle(loaded.ours):.0f} ({spread(loaded.ours)})",
         f"llama-server {middle(loaded.peer):.0f} ({spread(loaded.peer)})", f"{loaded}; goal ≤ 1000"),
    ]


def memory() -> list[Row]:
    with Entente(False) as server:
        server.get("/health/live")
        bare = server.rss_bytes() / MB
    with Entente() as server, LlamaServer() as peer:
        stream_chat(server, QUESTION, 16)
        stream_chat(peer, QUESTION, 16)
        ours, theirs = server.rss_bytes() / MB, peer.rss_bytes() / MB
    binary = BINARY.stat().st_size / MB
    stripped = ROOT / "build/bench-stripped"
    subprocess.run(["strip", "-o", stripped, BINARY], check=True)
    rows = [
        ("resident without a model, MB", f"{bare:.1f}", "–", "goal ≤ 20"),
        ("resident with the model after one answer, MB", f"{ours:.0f}", f"llama-server {theirs:.0f}", f"{ours / theirs:.2f}"),
        ("binary with the page, MB (stripped)", f"{binary:.1f} ({stripped.stat().st_size / MB:.1f})", "–", "goal ≤ 25"),
    ]
    stripped.unlink()
    return rows


def idle_streams() -> list[Row]:
    """500 streams that wait for their turn: what a waiting conversation costs."""
    with Entente(settings='[engine]\nsequences = 1\nwaiting = 1000\npatience = "10h"\n') as server:
        stream_chat(server, QUESTION, 8)
        before = server.rss_bytes()
        body = json.dumps({"model": "smollm2:135m", "messages": QUESTION, "stream": True})
        connections = []
        for _ in range(500):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            connection.request("POST", "/v1/chat/completions", body, {**server.headers, "Content-Type": "application/json"})
            connections.append(connection)
        deadline = time.monotonic() + 20
        waiting = 0
        while waiting < 499 and time.monotonic() < deadline:
            time.sleep(0.2)
            found = re.search(rb'^entente_engine_sequences_waiting[^ ]* (\d+)', server.get("/metrics")[1], re.M)
            waiting = int(found.group(1)) if found else 0
        after = server.rss_bytes()
        for connection in connections:
            connection.close()
    return [(f"{waiting + 1} concurrent idle streams above the model, MB", f"{(after - before) / MB:.1f}", "–", "goal ≤ 60")]


def one_user() -> list[Row]:
    """Decode speed and time to first token through the API, greedy, the same file and threads."""
    threads = str(_threads())
    greedy = {"temperature": 0}

    with Entente() as server, LlamaServer("-t", threads) as peer:
        def decode(of) -> float:
            return stream_chat(of, QUESTION, 128, **greedy).decode_tokens_per_second

        speed = alternate(lambda: decode(server), lambda: decode(peer), 8)

        turn = iter(range(1000))

        def first(of) -> float:
            at = next(turn) * 97
            text = PASSAGE[at:at + 2200]
            return stream_chat(of, [{"role": "user", "content": text}], 2, **greedy).first_token_seconds * 1000

        wait = alternate(lambda: first(server), lambda: first(peer), 8)

    def bench() -> float:
        out = subprocess.run(["llama-bench", "-m", MODEL, "-p", "0", "-n", "128", "-d", "64", "-t", threads, "-r", "1", "-o", "json"],
                             check=True, capture_output=True, text=True)
        return json.loads(out.stdout)[0]["avg_ts"]

    with Entente() as server:
        raw = alternate(lambda: stream_chat(server, QUESTION, 128, **greedy).decode_tokens_per_second, bench, 8)
    return [
        ("decode, one user, tokens/s", f"{middle(speed.ours):.0f}", f"llama-server {middle(speed.peer):.0f}", str(speed)),
        ("decode, one user, tokens/s", f"{middle(raw.ours):.0f}", f"llama-bench {middle(raw.peer):.0f}", f"{raw}; goal ≥ 0.97"),
        ("first token after a 500-token prompt, ms", f"{middle(wait.ours):.0f}", f"llama-server {middle(wait.peer):.0f}", str(wait)),
    ]


def several_users() -> list[Row]:
    """Eight users at once, 64 tokens each: all tokens by the time of the last."""
    def together(of) -> float:
        done: list[int] = []

        def one(i: int) -> None:
            done.append(stream_chat(of, [{"role": "user", "content": f"Count to {i + 50}."}], 64, temperature=0).tokens)

        threads = [threading.Thread(target=one, args=(i,)) for i in range(8)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(done) / (time.monotonic() - began)

    with Entente() as server, LlamaServer() as peer, LlamaServer("-np", "8", "-no-kvu", "-c", "32768") as tuned:
        plain = alternate(lambda: together(server), lambda: together(peer), 5)
        best = alternate(lambda: together(server), lambda: together(tuned), 5)
    return [
        ("eight users at once, tokens/s", f"{middle(plain.ours):.0f}", f"llama-server {middle(plain.peer):.0f}", str(plain)),
        ("eight users at once, tokens/s", f"{middle(best.ours):.0f}", f"llama-server -np 8 -no-kvu {middle(best.peer):.0f}", str(best)),
    ]


def small_requests() -> list[Row]:
    """The server's CPU time for a request, one core for it and one for the load."""
    rows = []
    with Entente(server_settings="threads = 1", cores="0") as server, Nginx(cores="0") as peer:
        for name, path, headers in [("/health/live", "/health/live", {}), ("a 401", "/v1/models", {}),
                                    ("/v1/models", "/v1/models", server.headers)]:
            ratio: Ratio = alternate(lambda: cpu_microseconds_per_request(server, path, headers, "1"),
                                     lambda: cpu_microseconds_per_request(peer, "/small", {}, "1"), 5)
            rows.append((f"CPU for {name}, µs", f"{middle(ratio.ours):.1f}", f"nginx static file {middle(ratio.peer):.1f}", str(ratio)))
    return rows


def dialects() -> list[Row]:
    """What it costs to read and write dialects, and to hold an answer to a schema while it is made."""
    cost = json.loads(subprocess.run([BINARY.parent / "wire_bench"], check=True, capture_output=True, text=True).stdout)
    member = {"type": "object", "additionalProperties": False, "required": ["name", "kind", "size", "note"], "properties": {
        "name": {"type": "string", "maxLength": 40}, "kind": {"enum": ["red", "green", "blue"]},
        "size": {"type": "integer", "minimum": 0, "maximum": 1000}, "note": {"type": "string", "maxLength": 80}}}  # fmt: skip
    names = [f"member_{i}" for i in range(18)]
    schema = {"type": "object", "properties": {name: member for name in names}, "required": names, "additionalProperties": False}
    form = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
    # By processor time, with one thread each and nothing proposed: who else uses the machine does not count.
    def decode(of, **more) -> float:
        before = of.cpu_seconds()
        tokens = stream_chat(of, QUESTION, 160, temperature=0, **more).tokens
        return tokens / (of.cpu_seconds() - before)

    with Entente(settings='[engine]\nthreads = 1\nspeculation = "off"') as server, LlamaServer("-t", "1") as peer:
        ours = alternate(lambda: decode(server, response_format=form), lambda: decode(server), 6)
        theirs = alternate(lambda: decode(peer, response_format=form), lambda: decode(peer), 6)
    return [
        (f"read a chat of {cost['chat_bytes']:,} bytes and write its answer, µs", f"{cost['chat']:.1f}", "–", "goal ≤ 10"),
        ("… in Anthropic's dialect, µs", f"{cost['messages']:.1f}", "–", "goal ≤ 10"),
        ("… in OpenAI's Responses dialect, µs", f"{cost['responses']:.1f}", "–", "goal ≤ 10"),
        ("write a streamed piece, µs", f"{cost['delta']:.2f}", "–", "–"),
        ("read a chat of 1 MB, one message, ms", f"{cost['one_of_1_mb'] / 1000:.2f}", "–", "goal ≤ 5"),
        ("read a chat of 1 MB, a thousand messages, ms", f"{cost['thousand_of_1_mb'] / 1000:.2f}", "–", "goal ≤ 5"),
        (f"make the grammar of a schema of {cost['schema_bytes']:,} bytes, ms", f"{cost['grammar'] / 1000:.2f}", "–", "goal ≤ 5"),
        (f"tokens under a schema of {len(json.dumps(schema)):,} bytes for the same processor time, of those without", f"{ours.middle:.2f}",
         f"llama-server {theirs}", f"{ours}; goal ≥ 0.90"),
    ]


CASES = {case.__name__: case for case in (start, memory, idle_streams, one_user, several_users, small_requests, dialects)}
