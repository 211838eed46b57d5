"""Fixtures: the real program with a state folder of its own, on a port from the kernel, ended when its test ends."""

import os
import subprocess
from pathlib import Path

import pytest
from entente_server import BINARY, MODEL, Home, Server


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
