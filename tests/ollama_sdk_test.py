"""Ollama's own Python SDK, and the bytes that its other clients read."""

import json

import ollama
import pytest
from entente_server import MODEL
from pydantic import BaseModel

STORY = "Tell me a long story about a river."
ASK = "What is the weather in Paris?"


@pytest.fixture(scope="module")
def client(server):
    return ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"}, timeout=60)


def said(text=STORY, **more) -> dict:
    return {
        "model": MODEL,
        "messages": [{"role": "user", "content": text}],
        "options": {"temperature": 0, "num_predict": 16},
    } | more


def test_models_are_listed_shown_and_loaded(client):
    assert [model.model for model in client.list().models] == [MODEL]
    assert "completion" in client.show(MODEL).capabilities
    assert MODEL in [model.model for model in client.ps().models]
    with pytest.raises(ollama.ResponseError) as error:
        client.show("nothing")
    assert error.value.status_code == 404


def test_a_chat_whole_and_streamed(client):
    whole = client.chat(**said())
    assert whole.message.role == "assistant" and whole.message.content and whole.done and whole.done_reason == "length"
    assert whole.eval_count == 16 and whole.prompt_eval_count > 0
    assert whole.total_duration >= whole.eval_duration > 0 and whole.prompt_eval_duration > 0
    *parts, last = client.chat(**said(stream=True))
    assert "".join(part.message.content for part in parts) == whole.message.content
    assert not any(part.done for part in parts) and last.done and last.eval_count == 16
    assert client.chat(**said(model=MODEL + ":latest")).message.content == whole.message.content


def test_a_stream_is_lines_of_json_unless_it_is_not_wanted(server):
    body = {"model": MODEL, "messages": [{"role": "user", "content": STORY}], "options": {"num_predict": 4}}
    streamed = server.ask("POST", "/api/chat", body)
    assert streamed.headers.get_content_type() == "application/x-ndjson"
    lines = [json.loads(line) for line in streamed.text.splitlines()]
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True] and len(lines) > 2
    assert server.ask("POST", "/api/chat", body | {"stream": False}).json["done"]


def test_line_breaks_of_unicode(client):
    """Its client ends a line where Unicode has an end of line."""
    schema = {"const": "a\u2028b\u0085c\u2029"}
    assert json.loads("".join(part.message.content for part in client.chat(**said(format=schema, stream=True)))) == schema["const"]


def test_generate_with_a_template_and_raw(client):
    options = {"temperature": 0, "num_predict": 8}
    answer = client.generate(MODEL, STORY, system="Be brief.", options=options)
    assert answer.response and answer.done_reason == "length"
    assert "".join(part.response for part in client.generate(MODEL, STORY, stream=True, options=options))
    raw = client.generate(MODEL, "The river flows through the", raw=True, options=options)
    assert raw.response != answer.response and raw.prompt_eval_count < answer.prompt_eval_count
    assert client.generate(MODEL, "").done_reason == "load"


def check_logprobs(parts, text: str):
    """Of every token that was said; at temperature 0 each was the likeliest."""
    tokens = [token for part in parts for token in part.logprobs or []]
    # Where an answer ends before its 8 tokens, by the last digits of a machine's arithmetic, it ends in all forms.
    assert 2 < len(tokens) <= 8 and "".join(token.token for token in tokens) == text
    for token in tokens:
        likeliest, _ = token.top_logprobs
        assert likeliest.token == token.token and likeliest.logprob == token.logprob <= 0
    return [(token.token, pytest.approx(token.logprob, abs=0.05)) for token in tokens]


def test_logprobs_whole_and_streamed(client, server):
    more = {"logprobs": True, "top_logprobs": 2, "options": {"temperature": 0, "num_predict": 8}}
    whole = client.chat(**said(**more))
    parts = list(client.chat(**said(**more, stream=True)))
    assert check_logprobs(parts, whole.message.content) == check_logprobs([whole], whole.message.content)
    for raw in (False, True):
        whole = client.generate(MODEL, "The river flows through the", raw=raw, **more)
        parts = list(client.generate(MODEL, "The river flows through the", raw=raw, stream=True, **more))
        assert check_logprobs(parts, whole.response) == check_logprobs([whole], whole.response)
    # What the SDK passes over: the bytes of each token.
    body = said(options=more["options"]) | {"stream": False}
    told = server.ask("POST", "/api/chat", body | {"logprobs": True}).json
    assert b"".join(bytes(token["bytes"]) for token in told["logprobs"]).decode() == told["message"]["content"]
    assert not any(token["top_logprobs"] for token in told["logprobs"])
    for unasked in ({}, {"top_logprobs": 2}):
        assert "logprobs" not in server.ask("POST", "/api/chat", body | unasked).json


def test_pictures_are_made_elsewhere(client):
    with pytest.raises(ollama.ResponseError) as error:
        client.generate(MODEL, "A river.", width=512, height=512, steps=4)
    assert error.value.status_code == 400 and "/v1/images/generations" in error.value.error


def get_weather(city: str) -> str:
    """The weather in a city.

    Args:
      city: where
    """
    return f"Sunny in {city}."


def test_a_tool_is_called_and_its_result_goes_back(client, server):
    body = said(ASK, options={"temperature": 0, "num_predict": 200}, stream=False) | {"tool_choice": "required"}
    body["tools"] = [ollama._utils.convert_function_to_tool(get_weather).model_dump(exclude_none=True)]
    message = server.ask("POST", "/api/chat", body).json["message"]
    call = message["tool_calls"][0]["function"]
    assert call["name"] == "get_weather" and isinstance(call["arguments"], dict)
    answer = client.chat(
        MODEL,
        messages=[
            {"role": "user", "content": ASK},
            {"role": "assistant", "content": "", "tool_calls": [{"function": call}]},
            {"role": "tool", "tool_name": "get_weather", "content": "Sunny."},
        ],
        options={"num_predict": 8},
    )
    assert answer.message.content
    assert client.chat(**said("Say hello.", tools=[get_weather])).done, "tools as functions, as the SDK takes them"


class Report(BaseModel):
    mood: bool
    count: int


def test_a_schema_is_kept_to(client):
    answer = client.chat(**said("Report.", format=Report.model_json_schema(), options={"num_predict": 80}))
    assert Report.model_validate_json(answer.message.content)


def test_embeddings_in_both_forms(client):
    many = client.embed(MODEL, ["One.", "Two."])
    assert len(many.embeddings) == 2 and many.prompt_eval_count > 0
    one = client.embeddings(MODEL, "One.")
    assert list(one.embedding) == pytest.approx(list(many.embeddings[0]), abs=2e-2)


def test_errors_are_told_in_its_own_way(client, server):
    with pytest.raises(ollama.ResponseError) as error:
        client.chat(**said(model="nothing"))
    assert error.value.status_code == 404 and "nothing" in error.value.error
    with pytest.raises(ollama.ResponseError) as error:
        client.chat(**said(options={"temperature": 9}))
    assert error.value.status_code == 400 and "temperature" in error.value.error
    assert set(server.ask("GET", "/api/tags", key=None).json) == {"error"}
    assert server.get("/api/version", key=None).json["version"]
