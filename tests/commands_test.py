"""The commands as a person uses them: up, run, doctor, version, models pull; at a terminal, in a pipe, with Ctrl-C."""

import hashlib
import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
from entente_server import BINARY, MODEL, PATIENCE, Home, eventually


class Terminal:
    """A program at a terminal: what it shows is read, keys are typed."""

    def __init__(self, home: Home, *arguments: str):
        self.shown = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            environment = home.environment | {"TERM": "xterm", "NO_COLOR": "1"}
            os.execve(BINARY, [str(BINARY), *arguments, "--config", str(home.config)], environment)

    def wait_for(self, pattern: str) -> re.Match:
        """Reads until the pattern was shown, and forgets everything up to its end."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.shown, re.S)):
            assert time.monotonic() < end, f"{pattern!r} was not shown: {self.shown!r}"
            self.read()
        self.shown = self.shown[found.end() :]
        return found

    def read(self) -> bool:
        if not select.select([self.fd], [], [], 0.1)[0]:
            return True
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # the terminal's other end is gone
            return False
        self.shown += piece.decode(errors="replace")
        return bool(piece)

    def type(self, keys: str):
        os.write(self.fd, keys.encode())

    def exit_code(self) -> int:
        def ended():
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            return pid and (os.waitstatus_to_exitcode(status),)

        return eventually("the program ends", ended)[0]


@pytest.fixture
def terminal(tmp_path, models):
    opened = []

    def open_terminal(*arguments, config="") -> Terminal:
        home = Home(tmp_path / "home", models, config)
        opened.append(Terminal(home, *arguments))
        opened[-1].home = home
        return opened[-1]

    yield open_terminal
    for one in opened:
        try:
            os.kill(one.pid, signal.SIGKILL)
            os.waitpid(one.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(one.fd)


@pytest.fixture
def with_model(tmp_path, models) -> Home:
    return Home(tmp_path / "with-model", models)


# up


def test_up_shows_an_answer_a_link_and_a_line_that_can_be_pasted(terminal):
    up = terminal("up")
    url = up.wait_for(r"listens at (http://127\.0\.0\.1:\d+)")[1]
    up.wait_for(r"> What is the capital of France\?[^\r\n]*[\r\n]+.*Paris")
    up.wait_for(rf"Answered by {MODEL} \(on this machine; place not stated\)\.\s+\d+ tokens in, \d+ out")
    assert up.wait_for(r"(http://\S+/#token=\S+)")[1].startswith(url)
    curl = up.wait_for(r"(curl [^\r\n]+)")[1]
    pasted = subprocess.run([*shlex.split(curl), "-s"], capture_output=True, check=True, timeout=PATIENCE)
    answer = json.loads(pasted.stdout)
    assert "Paris" in answer["choices"][0]["message"]["content"]
    up.wait_for("Ctrl-C stops the server")
    up.type("\x03")
    assert up.exit_code() == 0


def test_ctrl_c_ends_up_in_the_middle_of_its_answer(terminal):
    up = terminal("up", "--question", "Tell me a very long story about a river.")
    up.wait_for(r"> Tell me[^\r\n]*[\r\n]+\w")
    up.type("\x03")
    assert up.exit_code() == 0


def start_up(home: Home, *arguments):
    """`entente up --json`: the process, and the object it prints."""
    process = subprocess.Popen(
        [BINARY, "up", "--json", *arguments, "--config", home.config],
        env=home.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    return process, json.loads(process.stdout.readline())


def test_up_uses_the_same_key_the_next_time_and_a_new_one_after_it_was_revoked(with_model):
    keys = []
    for revoke in (False, True, False):
        process, said = start_up(with_model, "--question", "Hi")
        keys.append(said["key"])
        process.terminate()
        assert process.wait(PATIENCE) == 0
        if revoke:
            with_model.entente("keys", "revoke", "first")
    assert keys[0] == keys[1] != keys[2]
    assert (with_model.state / "first-key").stat().st_mode & 0o777 == 0o600


def test_up_serves_on_when_its_question_fails(with_model):
    process, said = start_up(with_model, "--question", "long " * 20_000)
    assert "error" in said and "context" in said["error"]
    assert process.poll() is None
    process.terminate()
    assert process.wait(PATIENCE) == 0


def test_up_takes_the_next_port_when_the_usual_one_is_taken_but_never_for_a_chosen_one(with_model):
    # The default address: whether 8080 is free here is not ours to say.
    with_model.config.write_text("engine.threads = 1\n")
    process, said = start_up(with_model, "--question", "Hi")
    taken = int(said["url"].rsplit(":", 1)[1])
    other = Home(with_model.folder / "other", Path(with_model.environment["ENTENTE_MODELS"]))
    other.config.write_text("engine.threads = 1\n")
    second, said = start_up(other, "--question", "Hi")
    assert int(said["url"].rsplit(":", 1)[1]) > taken
    chosen = Home(with_model.folder / "chosen", Path(with_model.environment["ENTENTE_MODELS"]))
    chosen.configure(f'server.listen = ["127.0.0.1:{taken}"]\n')
    refused = chosen.entente("up", check=False)
    assert refused.returncode == 1 and f"127.0.0.1:{taken}" in refused.stderr
    for one in (process, second):
        one.terminate()
        assert one.wait(PATIENCE) == 0


def test_up_without_a_model_says_how_to_get_one(home):
    done = home.entente("up", check=False)
    assert done.returncode == 1 and "--model-file" in done.stderr
    assert home.entente("up", "--model-file", "/nowhere.gguf", check=False).returncode == 1


# run


def test_run_answers_a_prompt(with_model):
    question = "What is the capital of France? Answer with one sentence."
    done = with_model.entente("run", MODEL, question, "--temperature", "0")
    assert "Paris" in done.stdout and done.stderr == ""


def test_run_reads_a_pipe_below_the_prompt(with_model):
    options = ["--json", "--temperature", "0", "--max-tokens", "8", "--config", with_model.config]

    def run(*prompt, piped: str):
        return subprocess.run(
            [BINARY, "run", MODEL, *prompt, *options],
            env=with_model.environment,
            input=piped,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    alone, below = run(piped="Say hello.\n"), run("Answer this:", piped="Say hello.\n")
    said = json.loads(alone.stdout)
    assert said["text"] and said["finish_reason"] in ("stop", "length") and 0 < said["usage"]["completion_tokens"] <= 8
    assert json.loads(below.stdout)["usage"]["prompt_tokens"] > said["usage"]["prompt_tokens"]
    assert run(piped="").returncode == 1


def test_run_is_a_conversation_that_ctrl_c_does_not_end(terminal):
    run = terminal("run", MODEL)
    run.wait_for("/help says.*> ")
    run.type("Tell me a very long story about a river and a mountain.\r")
    run.wait_for(r"mountain\.[^\r\n]*[\r\n]+[^>]*\w+ \w+ \w+")
    run.type("\x03")
    run.wait_for("> ")
    run.type("/hlp\r")
    run.wait_for("Did you mean /help.*> ")
    run.type("half a line\x03")
    run.wait_for(r"half a line.*\n> ")  # what is typed before the prompt is thrown away
    run.type("/clear\r")
    run.wait_for("A new conversation.*> ")
    run.type("\x04")
    assert run.exit_code() == 0


def test_run_names_a_model_that_is_not_there(with_model):
    done = with_model.entente("run", "smolm2:135m", "Hi", check=False)
    assert done.returncode == 1 and f"Did you mean {MODEL}" in done.stderr


# doctor and version


def test_doctor_finds_nothing_wrong_here_and_names_what_is_wrong_elsewhere(with_model):
    assert json.loads(with_model.entente("doctor", "--json").stdout)["ok"]
    with_model.configure(
        'deployments = [{ name = "here", provider = "local", model = "missing" }]\n'
        'server.tls = { certificate = "/nowhere.pem", key = "/nowhere.key" }\n'
    )
    done = with_model.entente("doctor", check=False)
    assert done.returncode == 1
    assert "missing, which is not installed" in done.stdout and "/nowhere.pem" in done.stdout
    with_model.config.write_text("[sever]\n")
    done = with_model.entente("doctor", check=False)
    assert done.returncode == 1 and 'did you mean "server"?' in done.stdout


def test_version_names_what_it_runs_on(home):
    said = json.loads(home.entente("version", "--json").stdout)
    assert all(said[part] for part in ("entente", "compiler", "boost", "libllama", "ggml", "openssl", "sqlite"))


# models pull


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_pull_that_was_ended_goes_on(tmp_path, file_host, how):
    home = Home(tmp_path / "home", tmp_path / "models")
    command = ["models", "pull", file_host.url, "--allow-private", "--name", "tiny"]
    file_host.slowly.set()
    pull = subprocess.Popen(
        [BINARY, *command, "--config", home.config], env=home.environment, stderr=subprocess.PIPE, text=True
    )
    parts = tmp_path / "models/partial"
    part = eventually("bytes come", lambda: [p for p in parts.glob("*.part") if p.stat().st_size])[0]
    pull.send_signal(how)
    said = pull.communicate(timeout=PATIENCE)[1]
    if how == signal.SIGINT:
        assert pull.returncode == 130 and "goes on from there" in said
    kept = part.stat().st_size
    assert json.loads(home.entente("models", "list", "--json").stdout) == []

    file_host.slowly.clear()
    home.entente(*command)
    assert file_host.asked[-1] == f"bytes={kept}-"
    [installed] = json.loads(home.entente("models", "list", "--json").stdout)
    assert installed["sha256"] == hashlib.sha256(file_host.content).hexdigest()
    assert list(parts.iterdir()) == []


def test_a_pull_names_what_is_wrong(tmp_path, file_host):
    home = Home(tmp_path / "home", tmp_path / "models")
    for arguments, words in (
        ([file_host.url], "--allow-private allows it"),
        ([MODEL], "models import"),
        (["owner/repo"], "may hold many files"),
        (["./nothing.gguf"], "There is no file"),
        ([file_host.url, "--allow-private", "--sha256", "0" * 64], "not the file that was expected"),
    ):
        done = home.entente("models", "pull", *arguments, check=False)
        assert done.returncode == 1 and words in done.stderr, arguments
    assert json.loads(home.entente("models", "list", "--json").stdout) == []
