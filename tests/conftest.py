"""Fixtures: the real program with a state folder of its own, on a port from the kernel, ended when its test ends; what it
talks to, and what judges it."""

import contextlib
import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest
from entente_server import BINARY, MODEL, ROOT, Home, Server
from file_host import FileHost
from llama_server import llama_server
from makers import key_file
from mock import OPENAI, Mock
from schema_judge import PROBE, Probe


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """A model store with the default model in it, made once."""
    file = os.environ.get("ENTENTE_TEST_MODEL")
    if not file or not BINARY.exists():
        pytest.skip("./dev test builds the program and names the model in ENTENTE_TEST_MODEL")
    folder = tmp_path_factory.mktemp("models")
    Home(tmp_path_factory.mktemp("import"), folder).entente("models", "import", file, "--name", MODEL)
    return folder


@pytest.fixture(scope="session")
def no_models(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("no-models")


@pytest.fixture(scope="session")
def server(tmp_path_factory, models):
    """The server that tests share: they change nothing that another would notice."""
    server = Server(tmp_path_factory.mktemp("server"), models)
    yield server
    server.stop()


@pytest.fixture
def start_server(tmp_path_factory, models, no_models):
    """start_server(config, with_model=True): a server of one's own; models_folder: with models of its own, too."""
    started = []

    def start(config: str = "", with_model: bool = True, models_folder: Path | None = None) -> Server:
        folder = models_folder or (models if with_model else no_models)
        started.append(Server(tmp_path_factory.mktemp("server"), folder, config))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def home(tmp_path, no_models) -> Home:
    """A state folder without a server, for commands."""
    return Home(tmp_path / "home", no_models)


@pytest.fixture
def mocks(tmp_path):
    """mocks(n): n simulated makers whose keys lie in files."""
    running = []

    def start(count=1, maker=OPENAI, **more):
        for _ in range(count):
            mock = Mock(maker, **more)
            mock.folder = tmp_path
            mock.__enter__()
            running.append(mock)
            key_file(mock).write_text(mock.key)
        return running[-count:] if count > 1 else running[-1]

    yield start
    for mock in running:
        mock.__exit__()


@pytest.fixture
def start(start_server):
    """start(section, …): a server of one's own without models, configured by these sections."""
    return lambda *sections: start_server("\n".join(sections), with_model=False)


@pytest.fixture
def file_host():
    """A host of the default model's file."""
    file = os.environ.get("ENTENTE_TEST_MODEL")
    if not file:
        pytest.skip("./dev test names the model in ENTENTE_TEST_MODEL")
    host = FileHost(Path(file).read_bytes())
    yield host
    host.shutdown()
    host.server_close()


@pytest.fixture(scope="session")
def shifted_clock(tmp_path_factory) -> Path:
    """A library that shifts the clock of the program that preloads it."""
    library = tmp_path_factory.mktemp("clock") / "shifted_clock.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, ROOT / "tests/shifted_clock.c"], check=True)
    return library


@pytest.fixture(scope="module")
def probe():
    """grammar_probe, started once for each file of tests."""
    if not PROBE.exists():
        pytest.skip("./dev test builds grammar_probe")
    probe = Probe()
    yield probe
    probe.close()


@pytest.fixture
def judge():
    """judge(file, *options): asks llama-server with that file."""
    with contextlib.ExitStack() as running:

        def start(file, *options):
            url = running.enter_context(llama_server(file, *options))

            def ask(path, body):
                request = urllib.request.Request(url + path, json.dumps(body).encode(), {"content-type": "application/json"})
                return json.load(urllib.request.urlopen(request, timeout=60))

            return ask

        yield start


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for server in Server.running:
            report.sections.append((f"log of the server at {server.url or server.addresses}", server.log_text()))
    return report


def pytest_sessionfinish():
    """Whatever an interrupted run left."""
    for server in list(Server.running):
        server.process.kill()
        try:
            server.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
