"""Several models in one budget of memory: who is loaded, who goes, and that no answer is cut for it."""

import json
import os
import re
import threading

import pytest
from entente_server import MODEL, NO_END, Home, eventually, question

OTHER = "second:135m"
# One of the two fits, both do not: 92 MiB of weights and 107 MiB of a step's buffers each, and cells.
FOR_ONE = 'engine.memory = "300MiB"\n'
MEMORY = 300 * 1024
PROGRAM = 70 * 1024  # KiB of the program itself, its libraries and its threads
LONG = {"max_tokens": 250, "logit_bias": NO_END, "stream": True}


@pytest.fixture(scope="module")
def two_models(tmp_path_factory):
    """A store with the default model under two names, each a file of its own."""
    folder = tmp_path_factory.mktemp("two-models")
    home = Home(tmp_path_factory.mktemp("import"), folder)
    file = os.environ["ENTENTE_TEST_MODEL"]
    home.entente("models", "import", file, "--name", MODEL)
    copy = tmp_path_factory.mktemp("copy") / "second.gguf"
    with open(file, "rb") as original, open(copy, "wb") as out:
        out.write(original.read())
        out.write(b"\0" * 32)  # after the last tensor: another hash
    home.entente("models", "import", copy, "--name", OTHER)
    copy.unlink()
    return folder


@pytest.fixture
def start_two(start_server, two_models):
    return lambda config="": start_server(config, models_folder=two_models)


def other(**more) -> dict:
    return question(**more) | {"model": OTHER}


def engines(server) -> dict:
    return {engine["model"]: engine for engine in server.get("/engines").json["engines"]}


def stage(server, model) -> str:
    return engines(server).get(model, {"stage": "absent"})["stage"]


def resident(server) -> int:
    """KiB of ordinary and mapped memory, now."""
    status = open(f"/proc/{server.process.pid}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


class Reading:
    """A streamed request whose lines are read in the background."""

    def __init__(self, server, body):
        self.connection = server.connection()
        headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
        self.connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        self.lines = []
        self.status = None
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        try:
            response = self.connection.getresponse()
            self.status = response.status
            while line := response.readline():
                if line.strip():
                    self.lines.append(line.decode().strip())
        except (OSError, AttributeError):  # this side has left
            pass

    def comments(self):
        return [line for line in self.lines if line.startswith(":")]

    def words(self):
        return [line for line in self.lines if line.startswith("data:")]

    def whole(self) -> bool:
        self.thread.join()
        return self.status == 200 and self.lines[-1] == "data: [DONE]"

    def leave(self):
        import socket

        self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join()


def test_two_models_take_turns_in_a_budget_for_one(start_two):
    server = start_two(FOR_ONE)
    for _ in range(3):
        for body in (question(), other()):
            answer = server.chat(body)
            assert answer.status == 200, answer.text
            assert sum(engine["stage"] == "ready" for engine in engines(server).values()) == 1
            assert resident(server) < MEMORY + PROGRAM
    memory = server.get("/engines").json["memory"]
    assert 0 < memory["taken"] <= memory["budget"] == 300 * 1024 * 1024
    assert server.metric("entente_engine_memory_budget_bytes") == memory["budget"]
    assert server.metric("entente_engine_loaded_ratio", model=OTHER) == 1
    assert "memory for models" in server.entente("ps").stdout


def test_both_stay_where_there_is_room(start_two):
    server = start_two('engine.memory = "1GiB"\n')
    asked = [Reading(server, body | {"stream": True}) for body in (question(), other(), question(), other())]
    assert all(reading.whole() for reading in asked)
    assert stage(server, MODEL) == stage(server, OTHER) == "ready"
    assert sum("Model loaded." == line["message"] for line in server.log()) == 2


def test_nothing_is_cut_to_make_room_and_who_waits_is_told(start_two):
    server = start_two(FOR_ONE + 'engine.patience = "60s"\n')
    running = Reading(server, question("Tell me a long story.", **LONG))
    eventually("it answers", running.words)
    waiting = Reading(server, other(stream=True))
    eventually("the first one is asked to go", lambda: stage(server, MODEL) == "unloading")
    eventually("who waits is told", waiting.comments)
    assert OTHER in waiting.comments()[0] and not waiting.words()
    assert running.whole() and len(running.words()) > 200
    assert waiting.whole() and waiting.words()
    assert stage(server, MODEL) == "absent"


def test_at_once_for_two_models_in_a_budget_for_one(start_two):
    server = start_two(FOR_ONE + 'engine.patience = "60s"\n')
    asked = [Reading(server, body) for body in (question(stream=True), other(stream=True)) for _ in range(3)]
    assert all(reading.whole() for reading in asked)
    assert resident(server) < MEMORY + PROGRAM


def test_a_client_that_leaves_while_it_waits_is_forgotten(start_two):
    server = start_two(FOR_ONE + 'engine.patience = "60s"\n')
    running = Reading(server, question("Tell me a long story.", **LONG))
    eventually("it answers", running.words)
    leaving = Reading(server, other(stream=True))
    eventually("it waits", lambda: engines(server).get(OTHER, {}).get("waiting_for_it") == 1)
    leaving.leave()
    eventually("nobody waits", lambda: stage(server, OTHER) == "absent")
    eventually("the first one stays", lambda: stage(server, MODEL) == "ready")
    assert running.whole()
    assert sum("Model loaded." == line["message"] for line in server.log()) == 1


def test_who_waits_too_long_is_refused_with_a_time_to_come_back(start_two):
    server = start_two(FOR_ONE + 'engine.patience = "500ms"\n')
    running = Reading(server, question("Tell me a long story.", **LONG))
    eventually("it answers", running.words)
    refused = server.chat(other(stream=True))
    assert refused.status == 503 and int(refused.headers["retry-after"]) >= 1
    assert "There is no memory for the model" in refused.json["error"]["message"]
    assert running.whole()


def test_a_pinned_model_stays(start_two):
    server = start_two(FOR_ONE + f'engine.pinned = ["{MODEL}"]\n')
    assert engines(server)[MODEL]["pinned"] and stage(server, MODEL) == "ready"
    refused = server.chat(other(stream=True))
    assert refused.status == 503
    assert re.search(r"needs at least \d+ MiB.*allows 300 MiB.*pinned", refused.json["error"]["message"])
    assert stage(server, OTHER) == "failed" and stage(server, MODEL) == "ready"
    assert server.chat(question()).status == 200


def test_a_model_may_have_settings_of_its_own(start_two):
    server = start_two(
        'engine.memory = "2GiB"\nengine.sequences = 3\n'
        f'[[engine.models]]\nname = "{OTHER}"\nsequences = 2\ncontext_tokens = 1024\n'
    )
    assert server.chat(question()).status == server.chat(other()).status == 200
    assert engines(server)[MODEL]["sequences"] == 3 and engines(server)[MODEL]["gpu_layers"] == 0
    assert (engines(server)[OTHER]["sequences"], engines(server)[OTHER]["context_tokens"]) == (2, 1024)


def test_a_model_that_never_fits_is_refused_by_name(start_two):
    server = start_two('engine.memory = "100MiB"\n')
    refused = server.chat(question())
    assert refused.status == 503
    assert re.search(rf"{MODEL} needs at least \d+ MiB .* allows 100 MiB", refused.json["error"]["message"])


def test_what_nobody_uses_is_unloaded(start_two):
    server = start_two('engine.idle_unload = "1s"\nengine.memory = "1GiB"\n')
    assert server.chat(question()).status == 200
    eventually("it is unloaded", lambda: stage(server, MODEL) == "absent")
    eventually("its memory is given back", lambda: resident(server) < 2 * PROGRAM)
    assert server.chat(question()).status == 200, "and comes back"


def test_a_file_that_is_removed_is_missed_when_it_is_loaded_again(start_server, tmp_path):
    models = tmp_path / "models"
    Home(tmp_path / "import", models).entente("models", "import", os.environ["ENTENTE_TEST_MODEL"], "--name", MODEL)
    server = start_server('engine.idle_unload = "1s"\n', models_folder=models)
    running = Reading(server, question("Tell me a long story.", **LONG))
    eventually("it answers", running.words)
    for file in (models / "blobs").iterdir():
        file.unlink()
    assert running.whole(), "what is loaded goes on"
    eventually("it is unloaded", lambda: stage(server, MODEL) == "absent")
    refused = server.chat(question(stream=True))
    assert refused.status in (404, 503), refused.text
    assert "model" in refused.json["error"]["message"] and server.process.poll() is None
