"""python3 gateway.py [SECONDS [BINARY…]]: the processor time of a request and of a delta through Entente, beside nginx and HAProxy as
plain proxies. The gateway has core 0; the maker and the load have the others. With BINARY also through other builds of Entente, in
turns: what a change is worth.

A request: 64 connections, and an nginx as the maker that says all of a short answer at once, so that the gateway is what waits. A
delta: 8 connections, and the simulated maker that writes each by itself, 64 against 4 of them. What must be durable lies on the disk
on which this folder is."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from servers import BINARY, Server

ROOT = pathlib.Path(__file__).resolve().parent
BODY = {"model": "assistant", "messages": [{"role": "user", "content": "x" * 900}]}
MAKER = """
import sys, time
from mock import Mock, OPENAI, Plan
with Mock(OPENAI, port=int(sys.argv[1])) as maker:
    maker.keep_received = False
    maker.choose = lambda r: Plan(pieces=("word ",) * (64 if b"many" in r.body else 4))
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


class FastMaker(Server):
    """An nginx that answers each request with the same four deltas, in one write."""

    key = ""
    ready_path = "/ready"

    def __init__(self):
        super().__init__(cores="1")

    def prepare(self):
        def chunk(delta: dict, finish=None, **more) -> str:
            choices = [] if more else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
            return "data: " + json.dumps({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000,
                                          "model": "m-2026-01-01", "choices": choices, **more}) + "\n\n"  # fmt: skip

        usage = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}
        answer = (
            chunk({"role": "assistant", "content": ""}) + chunk({"content": "word "}) * 4 + chunk({}, "stop") + chunk({}, usage=usage)
            + "data: [DONE]\n\n")  # fmt: skip
        (self.folder / "nginx.conf").write_text(f"""daemon off; worker_processes 1; pid {self.folder}/pid; error_log /dev/null;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {self.folder}; keepalive_requests 1000000000; server {{ listen 127.0.0.1:{self.port};
  location = /ready {{ return 200; }}
  location / {{ default_type text/event-stream; return 200 '{answer}'; }} }} }}
""")

    def command(self):
        return ["nginx", "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)]


class Gateway(Server):
    ready_path = "/health/ready"

    def __init__(self, maker_port: int, binary=BINARY):
        super().__init__(cores="0", under=ROOT.parent / "build")  # on a disk
        self.maker_port = maker_port
        self.binary = binary

    def environment(self):
        return {**os.environ, "ENTENTE_STATE": str(self.folder / "state"), "ENTENTE_MODELS": str(self.folder / "models")}

    def prepare(self):
        (self.folder / "state").mkdir()
        (self.folder / "key").write_text("mock-key")
        (self.folder / "c.toml").write_text(f"""server.listen = ["127.0.0.1:{self.port}"]
server.threads = 1
log.level = "warning"
[[providers]]
name = "p"
kind = "openai"
endpoint = "http://127.0.0.1:{self.maker_port}/v1"
api_key = "file:{self.folder}/key"
[[deployments]]
name = "d"
provider = "p"
model = "m"
[[models]]
name = "assistant"
deployments = ["d"]
""")
        made = subprocess.run([self.binary, "keys", "create", "bench", "--json", "--config", self.folder / "c.toml"],
                              env=self.environment(), check=True, capture_output=True, text=True).stdout  # fmt: skip
        self.key = json.loads(made)["secret"]

    def command(self):
        return [str(self.binary), "serve", "--config", str(self.folder / "c.toml")]


class Nginx(Server):
    key = "mock-key"
    ready_path = "/ready"

    def __init__(self, maker_port: int):
        super().__init__(cores="0")
        self.maker_port = maker_port

    def prepare(self):
        (self.folder / "nginx.conf").write_text(f"""daemon off; worker_processes 1; worker_rlimit_nofile 30000; pid {self.folder}/pid; error_log /dev/null;
events {{ worker_connections 12000; }}
http {{ access_log off; client_body_temp_path {self.folder}; proxy_temp_path {self.folder}; fastcgi_temp_path {self.folder};
  uwsgi_temp_path {self.folder}; scgi_temp_path {self.folder};
  upstream m {{ server 127.0.0.1:{self.maker_port}; keepalive 64; }}
  server {{ listen 127.0.0.1:{self.port};
    location = /ready {{ return 200; }}
    location / {{ proxy_pass http://m; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; }} }} }}
""")

    def command(self):
        return ["nginx", "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)]


class HAProxy(Server):
    key = "mock-key"
    ready_path = "/ready"

    def __init__(self, maker_port: int):
        super().__init__(cores="0")
        self.maker_port = maker_port

    def prepare(self):
        (self.folder / "haproxy.cfg").write_text(f"""global
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-no-delay
  maxconn 8000
frontend f
  bind 127.0.0.1:{self.port}
  monitor-uri /ready
  default_backend b
backend b
  http-reuse always
  server m 127.0.0.1:{self.maker_port}
""")

    def command(self):
        return ["haproxy", "-db", "-f", str(self.folder / "haproxy.cfg")]


def in_us(time: str) -> float:
    """"1.25ms" as wrk writes it."""
    for unit, factor in (("us", 1), ("ms", 1e3), ("s", 1e6)):
        if time.endswith(unit):
            return float(time.removesuffix(unit)) * factor
    raise ValueError(time)


def load(server: Server, stream: bool, many: bool, seconds: int, connections: int = 8) -> tuple[float, float, float]:
    """Processor microseconds a request, requests a second, and the median of their times in microseconds."""
    body = json.dumps({**BODY, "user": "many" if many else "few", "stream": stream})
    script = tempfile.NamedTemporaryFile("w", suffix=".lua")
    script.write(f"wrk.method='POST'; wrk.body={json.dumps(body)}; wrk.headers['Content-Type']='application/json';"
                 f"wrk.headers['Authorization']='Bearer {server.key}'")  # fmt: skip
    script.flush()
    before = server.cpu_seconds()
    out = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", "--latency", f"-c{connections}", f"-d{seconds}s", "-s", script.name,
                          f"http://127.0.0.1:{server.port}/v1/chat/completions"], check=True, capture_output=True, text=True).stdout  # fmt: skip
    used = server.cpu_seconds() - before
    assert "Non-2xx" not in out, out
    requests = int(next(line for line in out.splitlines() if "requests in" in line).split()[0])
    return used / requests * 1e6, requests / seconds, in_us(next(line for line in out.splitlines() if line.strip().startswith("50%")).split()[1])


def main(seconds: int = 6, *binaries: str):
    from servers import free_port

    port = free_port()
    peers = [(Nginx.__name__, Nginx), (HAProxy.__name__, HAProxy), (Gateway.__name__, Gateway)]
    peers += [(name, lambda port, name=name: Gateway(port, name)) for name in binaries]
    with maker(port), FastMaker() as fast:
        print(f"{'the maker itself':24} median at one connection {load(fast, True, False, seconds, 1)[2]:5.0f} µs", flush=True)
        for name, make in peers * 2:
            with make(fast.port) as server:
                load(server, True, False, 1, 64)
                streamed, rate, _ = load(server, True, False, seconds, 64)
                whole, _, _ = load(server, False, False, seconds, 64)
                _, _, alone = load(server, True, False, seconds, 1)
            with make(port) as server:
                load(server, True, False, 1)
                few, _, _ = load(server, True, False, seconds)
                many, _, _ = load(server, True, True, seconds)
                print(f"{name[-24:]:24} {streamed:6.0f} µs a streamed request ({rate:.0f}/s), {whole:6.0f} µs one that is answered whole, "
                      f"median at one connection {alone:5.0f} µs, "
                      f"{few:6.0f} µs with 4 deltas apart, {(many - few) / 60:5.1f} µs a delta, {server.rss_bytes() / 1e6:.0f} MB", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(*(int(a) if a.isdigit() else os.path.abspath(a) for a in sys.argv[1:]))
