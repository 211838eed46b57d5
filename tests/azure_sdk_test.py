"""OpenAI's SDK for Azure, and names that clients bring along: both reach the models here unchanged."""

import openai
import pytest
from entente_server import MODEL

ASKED = {"max_tokens": 8, "temperature": 0, "messages": [{"role": "user", "content": "Say hello."}]}


@pytest.fixture(scope="module")
def client(server):
    with openai.AzureOpenAI(
        azure_endpoint=server.url, api_key=server.key, api_version="2025-04-01-preview", max_retries=0, timeout=60
    ) as client:
        yield client


def test_a_deployment_in_the_path_is_a_model(client, server):
    answer = client.chat.completions.create(model=MODEL, **ASKED)
    plain = openai.OpenAI(base_url=server.url + "/v1", api_key=server.key).chat.completions.create(model=MODEL, **ASKED)
    assert answer.choices[0].message.content == plain.choices[0].message.content
    assert "".join(
        chunk.choices[0].delta.content or ""
        for chunk in client.chat.completions.create(model=MODEL, stream=True, **ASKED)
        if chunk.choices
    ) == plain.choices[0].message.content
    assert len(client.embeddings.create(model=MODEL, input=["One.", "Two."]).data) == 2
    assert client.completions.create(model=MODEL, prompt="Once", max_tokens=2).choices[0].text
    assert client.responses.create(model=MODEL, input="Say hello.", max_output_tokens=4).output_text


def test_the_name_may_stand_in_the_path_alone(server):
    path = f"/openai/deployments/{MODEL}/chat/completions?api-version=2024-10-21"
    answer = server.ask("POST", path, ASKED, key=None, headers={"api-key": server.key})
    assert answer.status == 200 and answer.json["model"] == MODEL
    lost = server.ask("POST", "/openai/deployments/nothing/chat/completions", ASKED)
    assert lost.status == 404 and lost.json["error"]["code"] == "model_not_found"


def test_the_newer_paths_work_with_the_plain_sdk(server):
    with openai.OpenAI(base_url=server.url + "/openai/v1/", api_key=server.key) as client:
        assert client.chat.completions.create(model=MODEL, **ASKED).choices
        assert [model.id for model in client.models.list()] == [MODEL]


def test_other_names_and_patterns_reach_a_model(start_server):
    server = start_server(
        f"""
        [[deployments]]
        name = "here"
        provider = "local"
        model = "{MODEL}"
        [[models]]
        name = "assistant"
        deployments = ["here"]
        aliases = ["gpt-4o", "claude-*"]
        """
    )
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0) as client:
        assert [model.id for model in client.models.list()] == ["assistant", "gpt-4o"]
        assert client.models.retrieve("claude-opus-4-6").id == "claude-opus-4-6"
        for name in ("assistant", "gpt-4o", "claude-opus-4-6"):
            raw = client.chat.completions.with_raw_response.create(model=name, **ASKED)
            assert raw.parse().model == name and raw.headers["entente-model"] == MODEL
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="gpt-5", **ASKED)
