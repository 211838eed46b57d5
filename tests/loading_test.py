"""Models that cannot be loaded: the person learns why in one sentence, and the server serves on."""

import resource
from pathlib import Path

import pytest
import tiny_model
from entente_server import Home, question


@pytest.fixture
def serve(tmp_path, start_server):
    """serve(config, name=context tokens, …): a server with tiny models; also the paths of their files."""

    def start(config="", **contexts):
        folder = tmp_path / "models"
        home = Home(tmp_path / "import", folder)
        files = {}
        for name, context in contexts.items():
            file = tiny_model.write(tmp_path / f"{name}.gguf", context)
            home.entente("models", "import", file, "--name", name)
            blobs = set((folder / "blobs").iterdir())
            files[name] = (blobs - set(files.values())).pop()
        return start_server(config, models_folder=folder), files

    return start


def refusal(server, model) -> str:
    answer = server.chat(question(model=model))
    assert answer.status == 503, answer.text
    return answer.json["error"]["message"]


def answers(server, model) -> bool:
    return server.chat(question(model=model)).status == 200


def test_a_file_that_is_gone_or_cut_is_said_and_only_that_model_is_missed(serve):
    server, files = serve(gone=512, cut=1024, whole=2048)
    files["gone"].unlink()
    with files["cut"].open("r+b") as file:
        file.truncate(100_000)
    for model in ("gone", "cut"):
        assert "its file is missing or has another size" in refusal(server, model)
    assert answers(server, "whole")
    server.entente("models", "rm", "cut")
    assert "cut" not in server.entente("models", "list").stdout


def test_no_memory_for_a_model_is_said_and_leaves_the_server_as_it_was(serve):
    wishes = "engine.sequences = 256\nengine.context_tokens = 1048576\n"
    server, _ = serve(wishes, immense=1048576, large=16384, small=2048)
    message = refusal(server, "immense")  # 69 GB, which Linux would promise
    assert message.startswith("The model immense needs at least ") and "but engine.memory allows" in message
    assert answers(server, "small")

    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[0])
    now = pages * resource.getpagesize()
    before = resource.prlimit(server.process.pid, resource.RLIMIT_AS, (now + 500_000_000, resource.RLIM_INFINITY))
    assert "There is no memory for 256 sequences of 16384 tokens" in refusal(server, "large")  # 1.1 GB
    assert answers(server, "small")
    resource.prlimit(server.process.pid, resource.RLIMIT_AS, before)
    assert answers(server, "large")
