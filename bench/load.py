"""The clients: one streamed chat, measured token by token; many small requests, by wrk."""

import http.client
import json
import re
import subprocess
import time
from dataclasses import dataclass

from servers import Server


@dataclass
class Streamed:
    first_token_seconds: float
    decode_tokens_per_second: float  # from the first token to the last
    tokens: int
    text: str


def stream_chat(server: Server, messages: list[dict], max_tokens: int, model: str = "smollm2:135m", **extra) -> Streamed:
    body = json.dumps({"model": model, "messages": messages, "max_tokens": max_tokens, "stream": True,
                       "stream_options": {"include_usage": True}, **extra})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    began = time.monotonic()
    connection.request("POST", "/v1/chat/completions", body, {**server.headers, "Content-Type": "application/json"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {answer.read()[:500]!r}")
    first = last = 0.0
    tokens, text = 0, ""
    for line in answer:
        if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
            continue
        chunk = json.loads(line[6:])
        for choice in chunk["choices"]:
            if piece := choice["delta"].get("content"):
                last = time.monotonic()
                first = first or last
                text += piece
        if usage := chunk.get("usage"):
            tokens = usage["completion_tokens"]
    connection.close()
    return Streamed(first - began, (tokens - 1) / max(last - first, 1e-9), tokens, text)


def cpu_microseconds_per_request(server: Server, path: str, headers: dict[str, str], cores: str, seconds: int = 3) -> float:
    """The server's own CPU time for each answered request, whatever the load generator uses."""
    before = server.cpu_seconds()
    command = ["taskset", "-c", cores, "wrk", "-t1", "-c16", f"-d{seconds}s", f"http://127.0.0.1:{server.port}{path}"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    return (server.cpu_seconds() - before) / requests * 1e6
