"""What Ollama's clients need beside answers: no key, models brought here, and the truth about them."""

import json
import time

import ollama
import pytest
import tiny_model
from commands_test import file_host  # noqa: F401
from entente_server import MODEL, Home, eventually

TOOLS = tiny_model.TEMPLATE + "{% if tools %}{{ tools | tojson }}{% endif %}"


def asked(server, key=None, **more):
    return server.ask("POST", "/api/generate", {"model": MODEL, "prompt": "Hi", "stream": False, "options": {"num_predict": 2}},
                      key=key, **more)  # fmt: skip


def test_a_named_key_stands_for_this_machine(start_server):
    server = start_server('server.unkeyed = "ollama"\n')
    assert asked(server).status == 401, "there is no such key yet"
    server.new_key("ollama")
    eventually("the key is seen", lambda: asked(server).status == 200)
    assert ollama.Client(host=server.url).list().models[0].model == MODEL
    named = json.loads(server.entente("keys", "list", "--json").stdout)
    (key,) = [k["id"] for k in named if k["name"] == "ollama"]
    assert {attempt["key"] for attempt in server.attempts()} == {key}
    assert asked(server, key="ent_wrong").status == 401, "a wrong key is no missing key"
    assert asked(server, headers={"X-Forwarded-For": "127.0.0.1"}).status == 401, "who comes through a proxy is somebody else"
    assert asked(server, headers={"Origin": "https://evil.example"}).status == 403
    server.entente("keys", "revoke", "ollama")
    eventually("the key is gone", lambda: asked(server).status == 401)


def test_nobody_stands_for_this_machine_unasked(server):
    assert asked(server).status == 401


@pytest.fixture
def keeper(start_server, file_host, tmp_path):  # noqa: F811
    server = start_server('server.model_keepers = ["test"]\n', models_folder=tmp_path / "models")
    server.stop()
    server.environment["HF_ENDPOINT"] = file_host.url.rsplit("/", 1)[0]
    server.start()
    return server


WHAT = "owner/repo/tiny-model.Q4_1.gguf"


def test_a_model_is_brought_here(keeper, file_host):  # noqa: F811
    client = ollama.Client(host=keeper.url, headers={"Authorization": f"Bearer {keeper.key}"}, timeout=60)
    file_host.slowly.set()
    seen = list(client.pull(WHAT, stream=True))
    assert seen[-1].status == "success"
    counted = [line for line in seen if line.total]
    assert len(counted) > 2 and counted[-1].total == len(file_host.content)
    assert [line.completed for line in counted] == sorted(line.completed for line in counted)

    def listed():
        return {model.model: model for model in client.list().models}

    (model,) = eventually("the model is served", lambda: list(listed().values()))
    assert model.size == len(file_host.content) and len(model.digest) == 64
    assert client.generate(model.model, "Hi", options={"num_predict": 2}).response is not None
    file_host.slowly.clear()
    assert client.pull(WHAT).status == "success", "what is here is not fetched again"


def test_who_leaves_wants_it_no_more(keeper, file_host):  # noqa: F811
    file_host.slowly.set()
    connection = keeper.connection()
    connection.request("POST", "/api/pull", json.dumps({"model": WHAT}), {"Authorization": f"Bearer {keeper.key}"})
    response = connection.getresponse()
    lines = iter(response.readline, b"")
    assert any(b"completed" in line for line in lines)
    connection.close()
    eventually("the fetching has ended", lambda: any("could not be brought" in line["message"] for line in keeper.log()))
    assert keeper.get("/v1/models").json["data"] == []


@pytest.mark.parametrize("body, words", [
    ({"model": "/etc/passwd"}, "not read over HTTP"),
    ({"model": "./tiny.gguf"}, ""),
    ({"model": ""}, "model"),
])  # fmt: skip
def test_what_cannot_be_brought_is_said(keeper, body, words):
    response = keeper.ask("POST", "/api/pull", body | {"stream": False})
    assert response.status in (400, 404) and words in response.json["error"], response.text


def test_a_private_address_is_not_fetched_from(keeper, file_host):  # noqa: F811
    other = file_host.url.replace("127.0.0.1", "localhost")
    response = keeper.ask("POST", "/api/pull", {"model": other, "stream": False})
    assert response.status >= 400 and file_host.asked == [], response.text
    streamed = keeper.ask("POST", "/api/pull", {"model": other})
    assert "error" in json.loads(streamed.text.splitlines()[-1])


def test_only_keys_that_are_named_bring_models(server):
    response = server.ask("POST", "/api/pull", {"model": WHAT})
    assert response.status == 403 and "server.model_keepers" in response.json["error"], response.text


def test_a_model_claims_what_it_can(start_server, tmp_path, monkeypatch):
    models = tmp_path / "models"
    home = Home(tmp_path / "import", models)
    home.entente("models", "import", tiny_model.write(tmp_path / "plain.gguf"), "--name", "plain")
    home.entente("models", "import", tiny_model.write_reader(tmp_path / "reader.gguf"), "--name", "reader")
    monkeypatch.setattr(tiny_model, "TEMPLATE", TOOLS)
    home.entente("models", "import", tiny_model.write(tmp_path / "tools.gguf", 8192), "--name", "tools")
    server = start_server("engine.context_tokens = 1024\n[[engine.models]]\nname = \"tools\"\ncontext_tokens = 0\n", models_folder=models)
    client = ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"}, timeout=60)
    plain, reader, tools = (client.show(name) for name in ("plain", "reader", "tools"))
    assert plain.capabilities == ["completion"] and reader.capabilities == ["embedding"]
    assert tools.capabilities == ["completion", "tools"]
    assert plain.modelinfo["general.architecture"] == "llama" and plain.modelinfo["llama.context_length"] == 1024
    assert reader.modelinfo["bert.context_length"] == 512
    client.generate("plain", "Hi", options={"num_predict": 1})
    loaded = {model.model: model.context_length for model in client.ps().models}
    assert client.show("plain").modelinfo["llama.context_length"] == loaded["plain"]
    assert plain.details.format == "gguf" and plain.details.family == "llama" and plain.details.parameter_size
