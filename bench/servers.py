"""Servers under measurement, each a context manager: started on a port of its own, asked until ready, ended."""

import atexit
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "build/release/entente"
MODEL = pathlib.Path(os.environ.get("ENTENTE_TEST_MODEL", ""))
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A child process with an HTTP port. `ready_seconds`: from the start of the process to the first good answer."""

    ready_path = "/"

    def __init__(self, cores: str | None = None, under: pathlib.Path | None = None):
        """`under`: where its folder is made, if not among what is passing."""
        self.port = free_port()
        self.cores = cores
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="entente-bench-", dir=under))
        self.headers: dict[str, str] = {}

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def prepare(self) -> None:
        pass

    def __enter__(self):
        self.prepare()
        pin = ["taskset", "-c", self.cores] if self.cores else []
        began = time.monotonic()
        self.process = subprocess.Popen(
            pin + self.command(), env=self.environment(), cwd=self.folder, stdout=subprocess.DEVNULL,
            stderr=open(self.folder / "log", "w"))
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get(self.ready_path)[0] == 200:
                    break
            if self.process.poll() is not None or time.monotonic() - began > 60:
                raise RuntimeError(f"{self.command()[0]} did not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.001)
        self.ready_seconds = time.monotonic() - began
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        # At the end: while ext4 remembers thousands of files that were removed (some minutes), making one takes longer.
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path, headers=self.headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _family(self) -> list[int]:
        """The process and its children (nginx works in one)."""
        found = [self.process.pid]
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            found += [int(pid) for pid in (task / "children").read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        total = 0
        for pid in self._family():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def rss_bytes(self) -> int:
        total = 0
        for pid in self._family():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1]) * 1024
        return total


class Entente(Server):
    ready_path = "/health/ready"

    def __init__(self, model: bool = True, settings: str = "", server_settings: str = "", cores: str | None = None):
        super().__init__(cores)
        self.with_model = model
        self.settings = settings
        self.server_settings = server_settings

    def environment(self) -> dict[str, str]:
        return {**os.environ, "ENTENTE_STATE": str(self.folder / "state"), "ENTENTE_MODELS": str(self.folder / "models")}

    def _entente(self, *arguments: str) -> dict:
        out = subprocess.run([BINARY, "--json", *arguments], env=self.environment(), check=True, capture_output=True, text=True)
        return json.loads(out.stdout)

    def prepare(self) -> None:
        (self.folder / "entente.toml").write_text(
            f'[server]\nlisten = ["127.0.0.1:{self.port}"]\n{self.server_settings}\n[log]\nlevel = "warning"\n{self.settings}\n')
        if self.with_model:
            self._entente("models", "import", str(MODEL), "--name", "smollm2:135m")
        self.key = self._entente("keys", "create", "bench")["secret"]
        self.headers = {"Authorization": f"Bearer {self.key}"}

    def command(self) -> list[str]:
        return [str(BINARY), "serve", "--config", str(self.folder / "entente.toml")]


class LlamaServer(Server):
    """The peer: the same libllama behind llama.cpp's own server, with its own defaults or `options`."""

    ready_path = "/health"

    def __init__(self, *options: str, cores: str | None = None):
        super().__init__(cores)
        self.options = options

    def command(self) -> list[str]:
        return ["llama-server", "-m", str(MODEL), "--host", "127.0.0.1", "--port", str(self.port), *self.options]


class Nginx(Server):
    """The peer for small requests: a static file of about the size of our answers, one worker, no access log."""

    ready_path = "/small"

    def prepare(self) -> None:
        (self.folder / "html").mkdir()
        (self.folder / "html/small").write_text('{"status":"ok"}')
        (self.folder / "nginx.conf").write_text(f"""
            worker_processes 1; daemon off; pid {self.folder}/pid; error_log stderr;
            events {{ worker_connections 1024; }}
            http {{ access_log off; keepalive_requests 100000000; default_type application/json;
                    client_body_temp_path {self.folder}/a; proxy_temp_path {self.folder}/b;
                    fastcgi_temp_path {self.folder}/c; uwsgi_temp_path {self.folder}/d; scgi_temp_path {self.folder}/e;
                    server {{ listen 127.0.0.1:{self.port}; root {self.folder}/html; }} }}""")
        os.chmod(self.folder, 0o755)

    def command(self) -> list[str]:
        return ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
