"""Computed prompts on a disk (engine.spill): what has left memory comes back, only to its own tenant, sealed, and nothing
of it outlives the process. A tiny model: a token of a prompt is a byte, and its state takes 256 bytes."""

import json
import signal
from pathlib import Path

import pytest
import tiny_model
from entente_server import Home, eventually

SPILL = 'engine.spill = "16MiB"\nengine.prefix_memory = "600KiB"\nengine.sequences = 2\n'
ROOM = 64 * 256 * 1024
LONG = 1000  # tokens: memory has room for two such prompts


@pytest.fixture
def spilling(start_server, tmp_path):
    """spilling(config): a server whose computed prompts go to a disk."""
    models = tmp_path / "models"
    file = tiny_model.write(tmp_path / "tiny.gguf")
    Home(tmp_path / "import", models).entente("models", "import", file, "--name", "tiny")
    return lambda config=SPILL: start_server(config, models_folder=models)


def ask(server, prompt, **more):
    """How much of the prompt was known, and the answer."""
    body = {"model": "tiny", "prompt": prompt, "max_tokens": 4, "temperature": 0}
    response = server.ask("POST", "/v1/completions", body, **more)
    assert response.status == 200, response.text
    return response.json["usage"]["prompt_tokens_details"]["cached_tokens"], response.json["choices"][0]["text"]


def engine(server) -> dict:
    return server.get("/engines").json["engines"][0]


def push_out(server):
    """Other prompts, until all before them are on the disk and not in memory any more."""
    for number, letter in enumerate("wxyz", 1):
        ask(server, letter * LONG)
        eventually("the one before is written", lambda: engine(server)["spill_prompts"] == number)


def file_of(server):
    """The file without a name, as the system shows it to who may look into the process."""
    folder = f"{server.state / 'spill'}/"
    return next(fd for fd in Path(f"/proc/{server.process.pid}/fd").iterdir() if folder in str(fd.readlink()))


def test_a_prompt_comes_back_from_the_disk(spilling):
    server = spilling()
    prompt = "a" * LONG
    cached, said = ask(server, prompt)
    assert cached == 0
    push_out(server)
    hits = engine(server)["spill_hits"]
    cached, again = ask(server, prompt)
    assert cached == LONG - 1 and again == said
    told = engine(server)
    assert told["spill_hits"] == hits + 1 and told["spill_prompts"] >= 4
    assert 0 < told["spill_bytes"] <= ROOM and told["prefix_bytes"] <= 600 * 1024
    assert server.metric("entente_engine_spill_hits_total", model="tiny") == told["spill_hits"]
    assert server.metric("entente_engine_spill_bytes", model="tiny") > 0
    assert server.metric("entente_engine_spill_prompts", model="tiny") > 0
    shown = server.entente("ps").stdout
    assert f"on disk (read back {told['spill_hits']} times)" in shown
    assert "disk for computed prompts: " in shown


def test_it_stays_within_its_room(spilling):
    server = spilling(SPILL.replace("16MiB", "2MiB"))
    for i in range(20):
        ask(server, chr(ord("a") + i) * LONG)
        assert server.get("/engines").json["spill"]["taken"] <= 2 * 1024 * 1024
    eventually("as many are there as there is room for", lambda: engine(server)["spill_prompts"] == 4)
    assert file_of(server).stat().st_size <= 2 * 1024 * 1024


def test_nothing_of_it_outlives_the_process(spilling):
    server = spilling()
    ask(server, "a" * LONG)
    push_out(server)
    folder = server.state / "spill"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.iterdir()) == [] and file_of(server).stat().st_nlink == 0
    server.stop(signal.SIGKILL)
    assert list(folder.iterdir()) == []
    server.start()
    assert ask(server, "a" * LONG)[0] == 0


def test_another_tenant_gets_nothing_of_it(spilling):
    server = spilling()
    key = json.loads(server.entente("keys", "create", "stranger", "--tenant", "another", "--json").stdout)["secret"]
    ask(server, "a" * LONG)
    push_out(server)
    eventually("the running server knows the new key", lambda: server.get("/v1/models", key=key).status == 200)
    assert ask(server, "a" * LONG, key=key)[0] == 0
    assert ask(server, "a" * LONG)[0] == LONG - 1


def test_what_was_changed_on_the_disk_is_computed_again(spilling):
    server = spilling()
    _, said = ask(server, "a" * LONG)
    push_out(server)
    with open(file_of(server), "r+b") as disk:
        whole = disk.read()
        assert len(set(whole[:100_000])) == 256, "it looks like noise"
        disk.seek(0)
        disk.write(bytes(255 - byte for byte in whole))
    assert ask(server, "a" * LONG) == (0, said)
    warnings = [line for line in server.log() if line["message"].startswith("A computed prompt could not be read back")]
    assert len(warnings) == 1 and warnings[0]["level"] == "warning"
    assert engine(server)["spill_hits"] == 0


def test_without_the_setting_nothing_is_written(spilling):
    server = spilling('engine.prefix_memory = "600KiB"\n')
    for letter in "abcd":
        ask(server, letter * LONG)
    assert not (server.state / "spill").exists()
    assert engine(server)["spill_prompts"] == 0 and "on disk" not in server.entente("ps").stdout
    assert ask(server, "a" * LONG)[0] == 0


def test_a_folder_that_cannot_be_used_is_said_at_the_start(home):
    home.configure('engine.spill = "1GiB"\nengine.spill_folder = "/proc/nowhere"\n')
    refused = home.entente("serve", check=False)
    assert refused.returncode != 0 and "/proc/nowhere" in refused.stderr
