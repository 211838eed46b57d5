"""A server under a mixed load for some minutes: every answer is checked, and its memory must come to rest.

usage: load.py BINARY MODEL_FILE MINUTES [--growth MB]

Clients do what clients do, each in its own thread: ask, stream, leave in the middle of a stream, send half a request,
send garbage. After a fifth of the time the server has met everything once; from then on its resident memory may grow by --growth
megabytes (without it, memory is shown and not judged: under AddressSanitizer freed memory is kept). At the end the server
is told to stop while all of them are busy, and must end by itself with exit code 0.
"""

import argparse
import http.client
import json
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path


class Server:
    def __init__(self, binary: str, model: str, folder: Path):
        settings = folder / "entente.toml"
        settings.write_text(f'[server]\nlisten = ["127.0.0.1:0"]\nstate_dir = "{folder}/state"\n'
                            f'drain_time = "5s"\n[engine]\nmodels_dir = "{folder}/models"\n')
        command = [binary, "--config", str(settings), "--json"]
        subprocess.run([*command, "models", "import", model, "--name", "small"], check=True, stdout=subprocess.DEVNULL)
        self.key = json.loads(subprocess.check_output([*command, "keys", "create", "load"]))["secret"]
        self.log = folder / "log"
        self.process = subprocess.Popen([*command, "serve"], stdout=subprocess.DEVNULL, stderr=self.log.open("w"))
        self.port = self._port()

    def _port(self) -> int:
        while self.process.poll() is None:
            for line in self.log.read_text().splitlines():
                if '"Listening."' in line:
                    return int(json.loads(line)["address"].rpartition(":")[2])
            time.sleep(0.05)
        raise SystemExit(f"the server ended: {self.log.read_text()}")

    def resident_mb(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise SystemExit(f"the server is gone: {self.log.read_text()}")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


class Load:
    def __init__(self, server: Server):
        self.server, self.counts, self.mistakes = server, Counter(), []
        self.over = threading.Event()

    # What a client may do. Each returns the status it got, or None where no answer is due.

    def ask(self, method: str, path: str, body=None, key=None, headers={}) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        sent = {"Authorization": f"Bearer {self.server.key if key is None else key}", **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def chat(self, **more) -> tuple[int, bytes]:
        words = " ".join(random.choices(["river", "seven", "bread", "why", "and", "the"], k=random.randint(1, 60)))
        question = {"model": "small", "max_tokens": random.randint(1, 24),
                    "messages": [{"role": "user", "content": words}]}
        return self.ask("POST", "/v1/chat/completions", json.dumps(question | more))

    def health(self):
        return self.ask("GET", "/health/live")[0] == 200

    def list_models(self):
        status, body = self.ask("GET", "/v1/models")
        return status == 200 and json.loads(body)["data"][0]["id"] == "small"

    def metrics(self):
        return self.ask("GET", "/metrics")[0] == 200

    def whole_answer(self):
        status, body = self.chat()
        return status == 503 or status == 200 and json.loads(body)["usage"]["completion_tokens"] <= 24

    def streamed_answer(self):
        status, body = self.chat(stream=True, n=random.randint(1, 3))
        return status == 503 or status == 200 and body.rstrip().endswith(b"data: [DONE]")

    def wrong_key(self):
        return self.ask("GET", "/v1/models", key="ent_nobody")[0] == 401

    def garbage(self):
        body = bytes(random.randrange(256) for _ in range(random.randint(0, 300)))
        return self.ask("POST", "/v1/chat/completions", body)[0] == 400

    def unknown_model(self):
        return self.chat(model="nobody")[0] == 404

    def leave_in_the_middle(self):
        body = json.dumps({"model": "small", "stream": True, "max_tokens": 200,
                           "messages": [{"role": "user", "content": "Tell a long story."}]})
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=120) as stream:
            head = ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    f"Authorization: Bearer {self.server.key}\r\nContent-Length: {len(body)}\r\n\r\n")
            stream.sendall((head + body).encode())
            return bool(stream.recv(4096))

    def half_a_request(self):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=120) as stream:
            stream.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: local")
        return True

    def client(self) -> None:
        kinds = [self.health, self.list_models, self.metrics, self.whole_answer, self.streamed_answer, self.wrong_key,
                 self.garbage, self.unknown_model, self.leave_in_the_middle, self.half_a_request]
        while not self.over.is_set():
            kind = random.choice(kinds)
            try:
                good = kind()
            except (OSError, http.client.HTTPException, ValueError) as error:
                if self.over.is_set():
                    return
                good = False
                self.mistakes.append(f"{kind.__name__}: {error!r}")
            self.counts[kind.__name__] += 1
            if not good and not self.over.is_set():
                self.mistakes.append(f"{kind.__name__}: not what was expected")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("model")
    parser.add_argument("minutes", type=float)
    parser.add_argument("--growth", type=float, help="megabytes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(options.binary, options.model, Path(folder))
        load = Load(server)
        clients = [threading.Thread(target=load.client) for _ in range(12)]
        for client in clients:
            client.start()
        samples, began = [], time.monotonic()
        while (spent := time.monotonic() - began) < options.minutes * 60:
            samples.append((spent, server.resident_mb()))
            time.sleep(0.5)
        load.over.set()
        code = server.stop()
        for client in clients:
            client.join()

        end = options.minutes * 60
        def memory(since: float, until: float) -> float:
            return statistics.median(mb for at, mb in samples if since * end <= at <= until * end)
        begun, ended = memory(0.2, 0.4), memory(0.8, 1)
        print(f"{sum(load.counts.values())} requests in {end:.0f} s: " +
              ", ".join(f"{kind} {count}" for kind, count in sorted(load.counts.items())))
        print(f"resident memory: {samples[0][1]:.1f} MB at first, {begun:.1f} MB when warm, {ended:.1f} MB at the end")
        failures = load.mistakes[:20]
        if code != 0:
            failures.append(f"the server ended with {code}: {server.log.read_text()[-4000:]}")
        if options.growth is not None and ended - begun > options.growth:
            failures.append(f"memory grew by {ended - begun:.1f} MB, more than {options.growth} MB")
        print("\n".join(failures) or "Every answer was as expected, and the server ended by itself.")
        return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
