"""What Ollama's clients need beside answers: no key, models brought here, and the truth about them."""

import datetime
import json

import ollama
import pytest
import tiny_model
from entente_server import MODEL, Home, eventually
from makers import deployment, model

TOOLS = tiny_model.TEMPLATE + "{% if tools %}{{ tools | tojson }}{% endif %}"
THOUGHTS = TOOLS + "{% if enable_thinking %}<think>{% endif %}"


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
def keeper(start_server, file_host, tmp_path):
    server = start_server('server.model_keepers = ["test"]\n', models_folder=tmp_path / "models")
    server.stop()
    server.environment["HF_ENDPOINT"] = file_host.url.rsplit("/", 1)[0]
    server.start()
    return server


WHAT = "owner/repo/tiny-model.Q4_1.gguf"


def test_a_model_is_brought_here(keeper, file_host):
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


def test_who_leaves_wants_it_no_more(keeper, file_host):
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


def test_a_private_address_is_not_fetched_from(keeper, file_host):
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
    for name, context in (("sees", 2048), ("blind", 1024)):
        home.entente("models", "import", tiny_model.write(tmp_path / f"{name}.gguf", context), "--name", name)
    monkeypatch.setattr(tiny_model, "TEMPLATE", TOOLS)
    home.entente("models", "import", tiny_model.write(tmp_path / "tools.gguf", 8192), "--name", "tools")
    monkeypatch.setattr(tiny_model, "TEMPLATE", THOUGHTS)
    home.entente("models", "import", tiny_model.write(tmp_path / "thinks.gguf"), "--name", "thinks")
    eyes = tiny_model.write_projector(tmp_path / "eyes.gguf")
    server = start_server("\n".join([
        "engine.context_tokens = 1024", "[[engine.models]]", 'name = "tools"', "context_tokens = 0", "[[engine.models]]",
        'name = "sees"', f'projector = "{eyes}"', "[[engine.models]]", 'name = "blind"', f'projector = "{tmp_path / "plain.gguf"}"',
    ]), models_folder=models)  # fmt: skip
    client = ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"}, timeout=60)
    plain, reader, tools = (client.show(name) for name in ("plain", "reader", "tools"))
    assert plain.capabilities == ["completion"] and reader.capabilities == ["embedding"]
    assert tools.capabilities == ["completion", "tools"]
    assert client.show("thinks").capabilities == ["completion", "tools", "thinking"]
    for _ in range(2):  # as its configuration says, and as it was loaded
        assert client.show("sees").capabilities == ["completion", "vision"]
        client.generate("sees", "Hi", options={"num_predict": 1})
    client.generate("blind", "Hi", options={"num_predict": 1})
    assert client.show("blind").capabilities == ["completion"], "its projector is none, which was found when it was loaded"
    assert plain.modelinfo["general.architecture"] == "llama" and plain.modelinfo["llama.context_length"] == 1024
    assert reader.modelinfo["bert.context_length"] == 512
    client.generate("plain", "Hi", options={"num_predict": 1})
    loaded = {model.model: model.context_length for model in client.ps().models}
    assert client.show("plain").modelinfo["llama.context_length"] == loaded["plain"]
    assert plain.details.format == "gguf" and plain.details.family == "llama" and plain.details.parameter_size


def test_a_model_in_memory_says_what_it_is_and_how_long_it_stays(start_server, tmp_path):
    models = tmp_path / "models"
    home = Home(tmp_path / "import", models)
    for name, context in (("pinned", 512), ("guest", 1024)):
        home.entente("models", "import", tiny_model.write(tmp_path / f"{name}.gguf", context), "--name", name)
    server = start_server('engine.idle_unload = "10min"\nengine.pinned = ["pinned"]\n', models_folder=models)
    client = ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"}, timeout=60)
    client.generate("guest", "Hi", options={"num_predict": 1})
    listed = {model.model: model for model in client.list().models}
    rows = {model.model: model for model in client.ps().models}
    assert set(rows) == {"pinned", "guest"}
    now = datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(minutes=9) < rows["guest"].expires_at - now <= datetime.timedelta(minutes=10, seconds=1)
    assert rows["pinned"].expires_at - now > datetime.timedelta(days=365 * 50), "so far away that clients say: forever"
    for name, row in rows.items():
        assert row.digest == listed[name].digest and row.size > listed[name].size and row.size_vram == 0
        assert row.details.family == "llama" and row.details.format == "gguf" and row.details.quantization_level == "F32"
    assert rows["guest"].context_length == 1024


def test_a_reply_has_the_name_that_was_asked_for(start_server, tmp_path):
    """Also that of a model which is called "…:latest" itself."""
    models = tmp_path / "models"
    home = Home(tmp_path / "import", models)
    home.entente("models", "import", tiny_model.write(tmp_path / "m.gguf"), "--name", "m")
    home.entente("models", "import", tiny_model.write_reader(tmp_path / "r.gguf"), "--name", "r")
    server = start_server(
        "".join(deployment(n, "local", model=n) + model(n, n) for n in ("m", "r")) + model("own:latest", "m"), models_folder=models)  # fmt: skip
    client = ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"}, timeout=60)
    few = {"num_predict": 2}
    assert client.embed("r", "Hi").model == "r" and client.embed("r:latest", "Hi").model == "r:latest"
    for name in ("m", "m:latest", "own:latest"):
        said = [{"role": "user", "content": "Hi"}]
        assert client.chat(name, said, options=few).model == name
        assert {part.model for part in client.chat(name, said, options=few, stream=True)} == {name}
        assert client.generate(name, "Hi", options=few).model == name and client.generate(name, "").model == name
        assert client.show(name).capabilities


def brought(keeper) -> ollama.Client:
    client = ollama.Client(host=keeper.url, headers={"Authorization": f"Bearer {keeper.key}"}, timeout=60)
    client.pull(WHAT)
    eventually("the model is served", lambda: client.list().models)
    return client


def test_a_model_is_deleted(keeper, file_host, tmp_path):
    client = brought(keeper)
    (model,) = [m.model for m in client.list().models]
    client.generate(model, "Hi", options={"num_predict": 2})
    assert [m.model for m in client.ps().models] == [model]
    assert client.delete(model).status == "success"
    assert client.list().models == [] and keeper.get("/v1/models").json["data"] == [], "nobody is told of it any more"
    for gone in (lambda: client.generate(model, "Hi"), lambda: client.show(model), lambda: client.delete(model)):
        with pytest.raises(ollama.ResponseError) as error:
            gone()
        assert error.value.status_code == 404 and model in error.value.error
    eventually("its memory is free", lambda: client.ps().models == [])
    assert list((tmp_path / "models/blobs").iterdir()) == [], "and its room on the disk"
    brought(keeper)
    assert client.generate(model, "Hi", options={"num_predict": 2}).response is not None, "it may come back"


def test_answers_that_run_come_to_their_end_when_their_model_is_deleted(keeper, file_host):
    client = brought(keeper)
    (model,) = [m.model for m in client.list().models]
    asked = {"temperature": 0, "num_predict": 120, "seed": 1}
    whole = client.generate(model, "Tell me a long story about a river.", options=asked).response
    stream = client.generate(model, "Tell me a long story about a river.", options=asked, stream=True)
    text = next(stream).response
    assert client.delete(model).status == "success"
    with pytest.raises(ollama.ResponseError):
        client.generate(model, "Hi")
    for part in stream:
        text += part.response
    assert part.done and text == whole
    eventually("its memory is free", lambda: client.ps().models == [])


def test_one_file_of_two_names_stays_for_the_other(keeper, file_host, tmp_path):
    client = brought(keeper)
    (model,) = [m.model for m in client.list().models]
    (blob,) = (tmp_path / "models/blobs").glob("*.gguf")
    keeper.entente("models", "import", blob, "--name", "twin")
    eventually("the twin is served", lambda: len(client.list().models) == 2)
    client.delete(model + ":latest")
    assert [m.model for m in client.list().models] == ["twin"]
    assert client.generate("twin", "Hi", options={"num_predict": 2}).response is not None


def test_what_the_configuration_names_is_not_deleted(start_server):
    server = start_server(f'server.model_keepers = ["test"]\nengine.pinned = ["{MODEL}"]\n')
    client = ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"}, timeout=60)
    with pytest.raises(ollama.ResponseError) as error:
        client.delete(MODEL)
    assert error.value.status_code == 409 and "engine.pinned" in error.value.error
    assert client.generate(MODEL, "Hi", options={"num_predict": 2}).response is not None


def test_only_keys_that_are_named_delete_models(server):
    client = ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"}, timeout=60)
    with pytest.raises(ollama.ResponseError) as error:
        client.delete(MODEL)
    assert error.value.status_code == 403 and "server.model_keepers" in error.value.error
    assert MODEL in [m.model for m in client.list().models]


@pytest.mark.parametrize("name, status", [("nothing", 404), ("../keys", 400), ("", 400)])
def test_what_cannot_be_deleted_is_said(keeper, name, status):
    response = keeper.ask("DELETE", "/api/delete", {"model": name})
    assert response.status == status and response.json["error"], response.text
