"""Programs that cannot be installed here, by the requests that their sources make: Open WebUI (OpenAI's and Azure's ways, and
Ollama's), aider through LiteLLM, editors that complete code, and Copilot through Ollama's API."""

import json

import pytest
from entente_server import MODEL

SAID = [{"role": "system", "content": "Answer briefly."}, {"role": "user", "content": "Say hello."}]


def streamed(response) -> list:
    assert response.status == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


@pytest.mark.parametrize("path", ["/v1/models", "/openai/models?api-version=2023-03-15-preview"])
def test_open_webui_verifies_a_connection(server, path):
    headers = {"Authorization": None, "api-key": server.key} if "openai" in path else {}
    listed = server.get(path, headers=headers, key=None if headers else "")
    assert listed.status == 200 and [m["id"] for m in listed.json["data"]] == [MODEL]
    assert listed.json["object"] == "list" and listed.json["data"][0]["object"] == "model"


def test_open_webui_chats_with_everything_that_its_sliders_set(server):
    body = {"stream": True, "model": MODEL, "messages": SAID, "stream_options": {"include_usage": True}, "temperature": 0.8,
            "top_p": 0.9, "max_tokens": 12, "frequency_penalty": 0, "presence_penalty": 0, "seed": 0, "stop": ["\n\n\n"],
            "logit_bias": {}, "reasoning_effort": "medium", "response_format": {"type": "text"}, "user": "person"}  # fmt: skip
    events = streamed(server.chat(body))
    assert events[-1]["usage"]["completion_tokens"] > 0 and events[-1]["choices"] == []
    # Titles, tags and follow-ups are asked for whole.
    titled = server.chat({"model": MODEL, "messages": [SAID[1]], "stream": False, "max_completion_tokens": 10})
    assert titled.json["choices"][0]["message"]["content"]
    # A picture for a model that reads text only is a clear answer, not a broken one.
    seen = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {
        "url": "data:image/png;base64,iVBORw0KGgo="}}]}]  # fmt: skip
    blind = server.chat({"model": MODEL, "messages": seen, "stream": True})
    assert blind.status == 400 and "reads text only" in blind.json["error"]["message"]


def test_open_webui_reads_documents_by_vectors(server):
    vectors = server.ask("POST", "/v1/embeddings", {"input": ["One.", "Two."], "model": MODEL})
    assert [one["index"] for one in vectors.json["data"]] == [0, 1] and len(vectors.json["data"][0]["embedding"]) > 100


def test_open_webui_and_copilot_through_ollamas_api(server):
    assert server.get("/api/version").json["version"]
    assert [m["model"] for m in server.get("/api/tags").json["models"]] == [MODEL]
    shown = server.ask("POST", "/api/show", {"model": MODEL}).json
    assert "completion" in shown["capabilities"] and any(k.endswith(".context_length") for k in shown["model_info"])
    body = {"model": MODEL, "messages": SAID, "options": {"temperature": 0.8, "num_predict": 8, "num_ctx": 2048}, "stream": True,
            "keep_alive": "5m"}  # fmt: skip
    told = server.ask("POST", "/api/chat", body)
    lines = [json.loads(line) for line in told.text.splitlines()]
    assert lines[-1]["done"] and 1 <= lines[-1]["eval_count"] <= 8
    tools = [{"type": "function", "function": {"name": "run", "description": "Runs.", "parameters": {"type": "object", "properties": {}}}}]
    copilot = server.chat({"model": MODEL, "messages": SAID, "temperature": 0.1, "top_p": 1, "n": 1, "stream": True, "tools": tools,
                           "tool_choice": "auto", "max_tokens": 24, "stream_options": {"include_usage": True}})  # fmt: skip
    assert streamed(copilot)


def test_aider_asks_for_edits_and_for_a_word_of_its_weaker_model(server):
    turns = [SAID[0], {"role": "user", "content": "I want changes to `a.py`."}, {"role": "assistant", "content": "Ok."},
             {"role": "user", "content": "Add a line."}, {"role": "system", "content": "Use SEARCH/REPLACE blocks."}]  # fmt: skip
    assert streamed(server.chat({"model": MODEL, "messages": turns, "temperature": 0, "stream": True, "max_tokens": 8}))
    commit = server.chat({"model": MODEL, "messages": SAID, "temperature": 0, "stream": False, "max_tokens": 8})
    assert commit.json["choices"][0]["message"]["content"]
    # aider's edits as a call of a function: the older way is refused with the newer one's name.
    older = server.chat({"model": MODEL, "messages": SAID, "functions": [{"name": "write_file", "parameters": {"type": "object"}}],
                         "function_call": {"name": "write_file"}})  # fmt: skip
    assert older.status == 400 and "tools" in older.json["error"]["message"]


def test_editors_complete_code(server):
    body = {"model": MODEL, "prompt": "def add(a, b):\n    return", "max_tokens": 8, "temperature": 0.01, "stop": ["\n\n", "```"],
            "stream": True, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0, "echo": False}  # fmt: skip
    assert "".join(event["choices"][0]["text"] for event in streamed(server.ask("POST", "/v1/completions", body)))
    middle = server.ask("POST", "/v1/completions", body | {"suffix": "\n\nprint(add(1, 2))", "stream": False})
    assert middle.status == 400 and middle.json["error"]["param"] == "suffix", "this model was not trained to fill gaps"
