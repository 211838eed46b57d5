"""The real program as the tests see it: a state folder, a configuration, commands on them, and a server that runs."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
BINARY = Path(os.environ.get("ENTENTE_BINARY", ROOT / "build/release/entente"))
MODEL = "smollm2:135m"
PATIENCE = 60  # seconds, for anything that must happen


def eventually(what, is_so, patience=PATIENCE):
    """Waits until is_so() gives something true, and returns it."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := is_so():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {patience} seconds")


class Home:
    """A state folder and a configuration file, and commands that use them. Commands work beside a running server."""

    def __init__(self, folder: Path, models: Path, config: str = ""):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.state = folder / "state"
        self.state.mkdir(exist_ok=True)
        self.config = folder / "entente.toml"
        self.configure(config)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "ENTENTE_STATE": str(self.state),
            "ENTENTE_MODELS": str(models),
        }

    def configure(self, config: str):
        """Dotted keys, as in server.base_path = "/ai". The server takes a free port unless told where to listen, and
        computes with one thread: the tests share the machine, and threads that wait for each other wait long then."""
        for key, value in (("server.listen", '["127.0.0.1:0"]'), ("engine.threads", "1")):
            if key not in config:
                config = f"{key} = {value}\n" + config
        self.config.write_text(config)

    def entente(self, *arguments, check=True, **options) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [BINARY, *arguments, "--config", self.config],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            **options,
        )
        assert not check or done.returncode == 0, f"entente {' '.join(map(str, arguments))}: {done.stderr}{done.stdout}"
        return done

    def new_key(self, name: str) -> str:
        return json.loads(self.entente("keys", "create", name, "--json").stdout)["secret"]


class Server(Home):
    """A server that runs. `key` opens it; `url` is where it listens, with its base path, without a slash at the end."""

    running: list["Server"] = []

    def __init__(self, folder: Path, models: Path, config: str = ""):
        super().__init__(folder, models, config)
        self.binary = BINARY
        self.key = self.new_key("test")
        self.log_file = folder / "log.jsonl"
        self.start()

    def start(self):
        with open(self.log_file, "ab") as log:
            before = self.log_file.stat().st_size
            self.process = subprocess.Popen(
                [BINARY, "serve", "--config", self.config],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        Server.running.append(self)

        def addresses():
            assert self.process.poll() is None, f"the server ended at once:\n{self.log_text()}"
            return [line["address"] for line in self.log(before) if line["message"] == "Listening."]

        self.addresses = eventually("the server listens", addresses)
        self.url = next((a for a in self.addresses if a.startswith("http")), "").replace("//0.0.0.0:", "//127.0.0.1:")
        # Its first answer is its own business; ready is when its model is loaded.
        eventually("the server is ready", lambda: self.get("/health/ready").status == 200)

    def log(self, offset=0) -> list[dict]:
        lines = self.log_file.read_bytes()[offset:].decode(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def log_text(self) -> str:
        return self.log_file.read_text(errors="replace")[-5_000:]

    def stop(self, how=signal.SIGTERM) -> int:
        """Ends the server and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            if self in Server.running:
                Server.running.remove(self)

    def link(self) -> str:
        """A link that signs a browser in, once."""
        link = json.loads(self.entente("keys", "link", "test", "--json").stdout)["link"]
        assert link.startswith(self.url + "/#token=")
        return link

    # HTTP without an SDK.

    def connection(self, unix: str | None = None) -> http.client.HTTPConnection:
        if unix:
            connection = http.client.HTTPConnection("localhost", timeout=PATIENCE)
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(PATIENCE)
            connection.sock.connect(unix)
            return connection
        where = urlsplit(self.url or "http://127.0.0.1")
        if where.scheme == "https":
            return http.client.HTTPSConnection(
                where.hostname, where.port, timeout=PATIENCE, context=ssl._create_unverified_context()
            )
        return http.client.HTTPConnection(where.hostname, where.port, timeout=PATIENCE)

    def ask(self, method: str, path: str, body=None, headers: dict | None = None, key: str | None = "", unix=None):
        """One request on its own connection. `key`: "" for the server's own, None for none. Gives the response with
        its body read into .body and .text, and into .json where it is JSON."""
        sent = {"Host": "localhost"} if unix else {}
        if key is not None:
            sent["Authorization"] = f"Bearer {key or self.key}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        unix = unix or (None if self.url else self.addresses[0].removeprefix("unix:"))
        connection = self.connection(unix)
        try:
            base = urlsplit(self.url).path
            connection.request(method, base + path, body=body, headers={k: v for k, v in sent.items() if v is not None})
            response = connection.getresponse()
            response.body = response.read()
            response.text = response.body.decode(errors="replace")
            if response.headers.get_content_type() == "application/json" and response.text:
                response.json = json.loads(response.text)
            return response
        finally:
            connection.close()

    def get(self, path: str, **more):
        return self.ask("GET", path, **more)

    def chat(self, body: dict | str | bytes, **more):
        return self.ask("POST", "/v1/chat/completions", body, **more)

    def attempts(self) -> list[dict]:
        """What the store says became of each attempt, the oldest first."""
        import sqlite3

        with sqlite3.connect(f"file:{self.state / 'entente.db'}?mode=ro", uri=True) as store:
            store.row_factory = sqlite3.Row
            return [
                dict(row)
                for row in store.execute(
                    "SELECT a.id, a.request, a.model, a.deployment, a.key, a.kind AS work, o.kind, o.error, o.prompt_tokens, "
                    "o.completion_tokens FROM attempts a LEFT JOIN outcomes o ON o.intent = a.number ORDER BY a.at"
                )
            ]

    def attempt_of(self, request_id: str) -> dict:
        """The settled attempt of one request."""
        return eventually(
            "the attempt is settled",
            lambda: next((a for a in self.attempts() if a["request"] == request_id and a["kind"]), None),
        )

    def metric(self, name: str, **labels) -> float:
        """The sum of a metric's samples that carry these labels."""
        total = 0.0
        for line in self.get("/metrics").text.splitlines():
            if line.startswith((name + "{", name + " ")) and all(f'{k}="{v}"' in line for k, v in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total


def question(text="Say hello.", **more) -> dict:
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], "max_tokens": 8, "temperature": 0, **more}


NO_END = {"2": -100, "0": -100}  # the tokens with which an answer of the model would end
ENDLESS = question("Tell me a long story about a river.", max_tokens=1500, logit_bias=NO_END, stream=True)


class Stream:
    """A streamed answer whose pieces are read when asked for."""

    def __init__(self, server, body):
        self.connection = server.connection()
        self.connection.request(
            "POST",
            "/v1/chat/completions",
            json.dumps(body),
            {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"},
        )
        self.response = self.connection.getresponse()
        assert self.response.status == 200
        self.request_id = self.response.headers["x-request-id"]

    def next(self) -> str:
        """One event's data; "" at the end."""
        while line := self.response.readline():
            if line.startswith(b"data: "):
                return line[6:].decode().strip()
        return ""

    def rest(self) -> list[str]:
        return list(iter(self.next, ""))
