"""LoRA adapters: asked for by the name of the model and their own, or by an alias; what is wrong with one is said."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import tiny_model
from entente_server import Home, question


@pytest.fixture
def adapted(tmp_path, start_server):
    """adapted(config): a server with the model tiny and the adapters noise, gone and foreign."""

    def start(config=""):
        folder = tmp_path / "models"
        home = Home(tmp_path / "import", folder)
        home.entente("models", "import", tiny_model.write(tmp_path / "tiny.gguf"), "--name", "tiny")
        files = {
            "noise": tiny_model.write_adapter(tmp_path / "noise.gguf"),
            "gone": tmp_path / "gone.gguf",
            "foreign": tiny_model.write_adapter(tmp_path / "foreign.gguf", architecture="qwen2"),
            "wide": tiny_model.write_adapter(tmp_path / "wide.gguf", width=tiny_model.WIDTH * 2),
        }
        for name, file in files.items():
            config += f'\n[[engine.adapters]]\nname = "{name}"\nmodel = "tiny"\nfile = "{file}"\n'
        return start_server(config, models_folder=folder)

    return start


def text(server, model, what="Hello") -> str:
    body = question(what, model=model) | {"temperature": 0, "max_tokens": 24}
    answer = server.chat(body)
    assert answer.status == 200, answer.text
    assert answer.json["model"] == model
    return answer.json["choices"][0]["message"]["content"]


def test_an_adapter_is_a_model_of_its_own_name_and_disturbs_nobody(adapted):
    server = adapted()
    names = {model["id"] for model in server.get("/v1/models").json["data"]}
    assert {"tiny", "tiny+noise"} <= names
    plain, noise = text(server, "tiny"), text(server, "tiny+noise")
    assert plain != noise
    with ThreadPoolExecutor(8) as pool:
        models = ["tiny", "tiny+noise"] * 12
        for model, answer in zip(models, pool.map(lambda model: text(server, model), models), strict=True):
            assert answer == (noise if model == "tiny+noise" else plain)


def test_an_adapter_that_cannot_be_loaded_is_said_and_the_model_serves_on(adapted):
    server = adapted()
    for name, why in {"gone": "there is no file", "foreign": "arch mismatch", "wide": "incorrect shape"}.items():
        answer = server.chat(question(model=f"tiny+{name}"))
        assert answer.status == 503, answer.text
        message = answer.json["error"]["message"]
        assert message.startswith(f"The adapter {name} cannot be loaded: ") and why in message, message
    assert server.chat(question(model="tiny+other")).status == 404
    assert text(server, "tiny") != text(server, "tiny+noise")


def test_an_alias_leads_to_an_adapter(adapted):
    server = adapted(
        """
[[deployments]]
name = "here"
provider = "local"
model = "tiny+noise"
[[models]]
name = "lawyer"
deployments = ["here"]
"""
    )
    assert [model["id"] for model in server.get("/v1/models").json["data"]] == ["lawyer"]
    assert text(server, "lawyer")
    assert server.chat(question(model="tiny")).status == 404
