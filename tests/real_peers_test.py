"""Makers that are not simulated: Debian's llama-server, and another Entente."""

import os

import pytest
from entente_server import MODEL, question
from llama_server import llama_server
from makers import client, deployment, frames, model, text_of


@pytest.fixture(scope="module")
def peer():
    if not os.environ.get("ENTENTE_TEST_MODEL"):
        pytest.skip("./dev test names the model")
    with llama_server(os.environ["ENTENTE_TEST_MODEL"], "--jinja") as url:
        yield url


def reached(kind: str, endpoint: str, key_file: str = "") -> str:
    key = f'\napi_key = "file:{key_file}"' if key_file else ""
    return f'[[providers]]\nname = "peer"\nkind = "{kind}"\nendpoint = "{endpoint}/v1"{key}\n'


def both_ways(server):
    whole = server.chat(question("Say hello.", seed=1) | {"model": "assistant"})
    assert whole.status == 200, whole.text
    message, usage = whole.json["choices"][0]["message"], whole.json["usage"]
    assert message["content"].strip() and 0 < usage["completion_tokens"] <= 8 and usage["prompt_tokens"] > 5
    assert whole.json["model"] == "assistant"
    streamed = server.chat(question("Say hello.", seed=1, stream=True) | {"model": "assistant"})
    events = frames(streamed)
    assert events[-1] is None and text_of(events).strip()
    return whole, streamed


def test_llama_server(start_server, peer):
    server = start_server(reached("openai-compatible", peer) + deployment("d", "peer") + model("assistant", "d"), with_model=False)
    both_ways(server)
    long = server.chat({"model": "assistant", "messages": [{"role": "user", "content": "word " * 4000}]})
    assert long.status == 400 and long.json["error"]["code"] == "context_length_exceeded", long.text
    top = server.chat(question(top_k=1, min_p=0.1, logprobs=True, top_logprobs=2) | {"model": "assistant"})
    assert top.status == 200 and len(top.json["choices"][0]["logprobs"]["content"][0]["top_logprobs"]) == 2, top.text


def test_entente_behind_entente(start_server, server, tmp_path):
    (tmp_path / "key").write_text(server.key)
    front = start_server(
        reached("entente", server.url, str(tmp_path / "key")) + deployment("d", "peer", model=MODEL) + model("assistant", "d"),
        with_model=False)  # fmt: skip
    whole, streamed = both_ways(front)
    assert whole.json["choices"][0]["message"]["content"] == text_of(frames(streamed)), "the same seed, the same answer"
    assert whole.headers["entente-deployment"] == "d"
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]  # fmt: skip
    called = front.chat(question("The weather in Paris?", max_tokens=60, tools=tools, tool_choice="required") | {"model": "assistant"})
    assert called.json["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "weather", called.text
    # Of what the other counts, this one says the number, and it is the one that is billed.
    weather = {"type": "function", **tools[0]["function"]}
    ask = {"input": "The weather in Paris?", "instructions": "Be brief.", "tools": [weather]}
    here = client(front).responses.input_tokens.count(model="assistant", **ask).input_tokens
    assert here == client(server).responses.input_tokens.count(model=MODEL, **ask).input_tokens > 0
    assert here == client(front).responses.create(model="assistant", max_output_tokens=1, **ask).usage.input_tokens
    unknown = start_server(
        reached("entente", server.url, str(tmp_path / "key")) + deployment("d", "peer", model="gone") + model("assistant", "d"),
        with_model=False)  # fmt: skip
    response = unknown.chat(question() | {"model": "assistant"})
    assert response.status == 502 and response.json["error"]["code"] == "upstream_not_found", response.text
