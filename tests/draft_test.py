"""A draft model (engine.models[].draft): a small model guesses what a large one says next, and changes no word of it. A tiny
model of random weights, beside itself under another name: it guesses right whenever it does."""

import pytest
import tiny_model
from entente_server import Home

BESIDE = 'engine.sequences = 4\nengine.context_tokens = 1024\nengine.threads = 1\nengine.models = [{{name = "tiny", draft = "{draft}"}}]\n'


@pytest.fixture
def drafting(start_server, tmp_path):
    """drafting(draft): a server whose model has that draft model; none for an empty name."""
    models = tmp_path / "models"
    home = Home(tmp_path / "import", models)
    for name in ("tiny", "small"):
        home.entente("models", "import", tiny_model.write(tmp_path / f"{name}.gguf"), "--name", name)
    return lambda draft: start_server(BESIDE.format(draft=draft), models_folder=models)


def ask(server, **more) -> str:
    body = {"model": "tiny", "prompt": "Tell me of the sea. " * 3, "max_tokens": 200, "temperature": 0, **more}
    response = server.ask("POST", "/v1/completions", body)
    assert response.status == 200, response.text
    return response.json["choices"][0]["text"]


def engine(server) -> dict:
    return server.get("/engines").json["engines"][0]


def test_guesses_are_checked_and_seen(drafting):
    server = drafting("small")
    said = [ask(server, logit_bias={"0": -100, "1": -100, "2": -100}, seed=number, temperature=1) for number in range(4)]
    assert all(said)
    told = engine(server)
    assert told["draft"]["description"].startswith("llama")
    assert "draft model llama" in server.entente("ps").stdout
    alone = drafting("")
    ask(alone)
    assert told["bytes"] > engine(alone)["bytes"], "what it takes of the memory counts"


@pytest.mark.parametrize("draft", ["absent", "wordy"])
def test_one_that_is_not_there_or_does_not_fit_is_done_without(drafting, tmp_path, draft):
    Home(tmp_path / "import", tmp_path / "models").entente(
        "models", "import", tiny_model.write_reader(tmp_path / "reader.gguf"), "--name", "wordy")
    server = drafting(draft)
    assert ask(server)
    assert "draft" not in engine(server)
    assert "raft model" in server.log_text()
