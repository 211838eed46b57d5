"""The same cases for every maker, through Entente, by OpenAI's library and by Anthropic's: texts, calls and their results,
images, thoughts, schemas, usage counted once, failures, cuts. simulator_test.py has the makers' own libraries' word that the
other side is what it says."""

import json
from dataclasses import dataclass, field

import anthropic
import ollama
import openai
import pytest
from makers import TEXT, chat, client, deployment, frames, model, provider, settled, text_of
from mock import ANTHROPIC, AZURE, BEDROCK, COMPATIBLE, GEMINI, MISTRAL, OPENAI, XAI, Call, Plan, Usage
from mock.bedrock import KEY_ID, REGION

IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
TOOLS = [{"type": "function", "function": {"name": n, "description": "d", "parameters": SCHEMA}} for n in ("weather", "time")]


@dataclass(frozen=True)
class Maker:
    name: str
    kind: str
    simulated: object
    path: str = ""
    settings: dict = field(default_factory=dict)
    schema: bool = True
    counts: bool = False  # tokens, without an answer
    thoughts: bool = True  # are streamed
    reasoning_usage: bool = True  # are counted apart
    rate_limit_says_when: int | None = None  # in the body, where there is no header


MAKERS = [
    Maker("openai", "openai", OPENAI, "/v1", counts=True, thoughts=False),
    Maker("compatible", "openai-compatible", COMPATIBLE, "/v1"),
    Maker("xai", "xai", XAI, "/v1"),
    Maker("mistral", "mistral", MISTRAL, "/v1", thoughts=False),
    Maker("azure", "azure-openai", AZURE, settings={"api_version": "2024-10-21"}, thoughts=False),
    Maker("azure-v1", "azure-openai", AZURE, thoughts=False),
    Maker("anthropic", "anthropic", ANTHROPIC, counts=True),
    Maker("gemini", "gemini", GEMINI, "/v1", counts=True, rate_limit_says_when=7),
    Maker("bedrock", "bedrock", BEDROCK, settings={"region": REGION, "access_key_id": KEY_ID}, counts=True, schema=False,
          reasoning_usage=False),
    Maker("bedrock-key", "bedrock", BEDROCK, settings={"region": REGION}, counts=True, schema=False, reasoning_usage=False),
]


@dataclass
class Reached:
    maker: Maker
    mock: object
    server: object


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.name)
def reached(request, mocks, start, tmp_path):
    maker = request.param
    mock = mocks(maker=maker.simulated)
    settings = dict(maker.settings)
    if key_id := settings.get("access_key_id"):
        (tmp_path / "key-id").write_text(key_id)
        settings["access_key_id"] = f"file:{tmp_path / 'key-id'}"
    return Reached(maker, mock, start(
        provider("p", mock, kind=maker.kind, endpoint=mock.url + maker.path, between_tokens_time="700ms", **settings),
        deployment("d", "p", model="maker.model-v1:0" if maker.kind == "bedrock" else "m"), model("assistant", "d")))  # fmt: skip


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_text_with_its_usage_counted_once(reached, stream):
    reasoning = 3 if reached.maker.reasoning_usage else 0
    reached.mock.plan = Plan(usage=Usage(20, 9, 8, reasoning))
    ask = client(reached.server).chat.completions.create
    if stream:
        chunks = list(ask(**chat(stream=True, stream_options={"include_usage": True})))
        text = "".join(c.delta.content or "" for chunk in chunks for c in chunk.choices)
        finish, usage = [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason], chunks[-1].usage
    else:
        whole = ask(**chat())
        text, finish, usage = whole.choices[0].message.content, [whole.choices[0].finish_reason], whole.usage
    assert (text, finish) == (TEXT, ["stop"])
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (20, 9, 29)
    assert usage.prompt_tokens_details.cached_tokens == 8
    if reached.maker.simulated is not MISTRAL:
        assert usage.completion_tokens_details.reasoning_tokens == reasoning
    attempt = settled(reached.server, 1)[0]
    assert (attempt["prompt_tokens"], attempt["completion_tokens"]) == (20, 9)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_two_calls_and_their_results(reached, stream):
    reached.mock.plan = Plan(pieces=("Let me look.",), calls=(Call("weather"), Call("time", ('{"city": "Rome"}',))))
    ask = client(reached.server).chat.completions.create
    body = chat(tools=TOOLS)
    if stream:
        text, calls, finish = "", {}, None
        for chunk in ask(**body, stream=True):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                finish = choice.finish_reason or finish
                for piece in choice.delta.tool_calls or []:
                    call = calls.setdefault(piece.index, {"id": piece.id, "name": piece.function.name, "arguments": ""})
                    call["arguments"] += piece.function.arguments or ""
        calls = list(calls.values())
    else:
        choice = ask(**body).choices[0]
        text, finish = choice.message.content, choice.finish_reason
        calls = [{"id": c.id, "name": c.function.name, "arguments": c.function.arguments} for c in choice.message.tool_calls]
    assert (text, finish) == ("Let me look.", "tool_calls")
    assert [(c["name"], json.loads(c["arguments"])) for c in calls] == [("weather", {"city": "Paris"}), ("time", {"city": "Rome"})]
    assert len({c["id"] for c in calls}) == 2 and all(c["id"] for c in calls)
    # The second turn: the makers check that every call has its result, in the place where they want it.
    reached.mock.plan = Plan()
    messages = [
        {"role": "system", "content": "Be brief."},
        *body["messages"],
        {"role": "assistant", "content": text, "tool_calls": [
            {"id": c["id"], "type": "function", "function": {"name": c["name"], "arguments": c["arguments"]}} for c in calls]},
        {"role": "tool", "tool_call_id": calls[0]["id"], "content": "sunny"},
        {"role": "tool", "tool_call_id": calls[1]["id"], "content": "noon"},
    ]  # fmt: skip
    for more in ({}, {"tool_choice": "required"}, {"tool_choice": {"type": "function", "function": {"name": "time"}}},
                 {"parallel_tool_calls": False}):  # fmt: skip
        answer = ask(model="assistant", messages=messages, tools=TOOLS, **more)
        assert answer.choices[0].message.content == TEXT, more
    sent = reached.mock.received[-1].body.decode()
    assert "sunny" in sent and "noon" in sent and "Be brief." in sent


def test_a_call_without_arguments_has_an_empty_object(reached):
    if reached.maker.simulated in (GEMINI, MISTRAL):
        pytest.skip("always sends an object")
    reached.mock.plan = Plan(pieces=(), calls=(Call("time", ("",) if reached.maker.simulated is not ANTHROPIC else ()),))
    response = reached.server.chat(chat(tools=TOOLS))
    assert response.json["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == "{}", response.text


def test_an_image(reached):
    content = [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IMAGE}"}}]
    response = reached.server.chat(chat(messages=[{"role": "user", "content": content}]))
    assert response.status == 200, response.text
    assert IMAGE in reached.mock.received[0].body.decode()


def test_a_schema_where_there_is_one(reached):
    reached.mock.plan = Plan(pieces=('{"city"', ': "Paris"}'))
    format_ = {"type": "json_schema", "json_schema": {"name": "w", "schema": SCHEMA, "strict": True}}
    response = reached.server.chat(chat(response_format=format_))
    if not reached.maker.schema:
        assert response.status == 400 and response.json["error"]["param"] == "response_format"
        assert not reached.mock.received
        return
    assert response.status == 200, response.text
    assert json.loads(response.json["choices"][0]["message"]["content"]) == {"city": "Paris"}
    assert "additionalProperties" in reached.mock.received[0].body.decode()


def test_thoughts(reached):
    if not reached.maker.thoughts:
        pytest.skip("does not show them here")
    reached.mock.plan = Plan(reasoning=("let ", "me"), pieces=("ok",))
    message = reached.server.chat(chat()).json["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"]) == ("ok", "let me")


def test_tokens_are_counted_by_who_counts_them(reached):
    """A conversation with tools, a call, its result and an image, in two dialects: no answer, no price, but a record."""
    source = {"type": "base64", "media_type": "image/png", "data": IMAGE}
    ask = {
        "model": "assistant", "system": "Be brief.",
        "tools": [{"name": "time", "description": "d", "input_schema": SCHEMA}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image", "source": source}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "time", "input": {"city": "Rome"}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "noon"}]},
        ],
    }  # fmt: skip
    reached.mock.plan = Plan(usage=Usage(31))
    count = library_of_anthropic(reached.server).messages.with_raw_response.count_tokens
    if not reached.maker.counts:
        with pytest.raises(anthropic.BadRequestError, match="How many tokens a model reads is known to its maker"):
            count(**ask)
        assert not reached.mock.received
        return
    answer = count(**ask)
    assert answer.parse().input_tokens == 31
    assert answer.headers["entente-deployment"] == "d"
    sent = reached.mock.received[-1].body.decode()
    assert all(word in sent for word in ("Be brief.", "Rome", "noon", IMAGE, "additionalProperties"))
    assert "max" not in sent and "stream" not in sent
    if reached.maker.simulated is ANTHROPIC:  # What nobody here knows goes on, as with an answer.
        count(**ask, extra_body={"x_trace": {"a": 1}})
        assert reached.mock.received[-1].json["x_trace"] == {"a": 1}
    counted = client(reached.server).responses.input_tokens.count(model="assistant", instructions="Be brief.", input="Hi")
    assert counted.input_tokens == 31
    for attempt in settled(reached.server, 2):
        assert (attempt["work"], attempt["kind"]) == ("count_tokens", "answered"), attempt
        assert (attempt["prompt_tokens"], attempt["completion_tokens"]) == (0, 0)
    receipt = reached.server.get("/v1/receipts/" + answer.headers["request-id"])
    assert receipt.status == 200, receipt.text
    # Its failures are failures.
    reached.mock.plan = Plan(body=b'{"tokens": "many"}')
    with pytest.raises(anthropic.InternalServerError, match="does not say how many tokens it counted"):
        count(**ask)
    reached.mock.plan = Plan(status=429, error="rate_limit", headers={"retry-after": "7"})
    with pytest.raises(anthropic.RateLimitError):
        count(**ask)


def test_numbers_that_every_maker_takes(reached):
    body = chat(temperature=0.5, top_p=0.9, max_tokens=7, stop=["x", "y"])
    response = reached.server.chat(body)
    assert response.status == 200, response.text
    reached.mock.plan = Plan(finish="length")
    assert reached.server.chat(body).json["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("status, word, code, told", [
    (429, "rate_limit", "upstream_rate_limited", 429), (500, "", "upstream_failed", 502),
    (503, "overloaded", "upstream_overloaded", 503), (404, "not_found", "upstream_not_found", 502),
    (400, "context", "context_length_exceeded", 400), (401, "key", "upstream_credentials_exhausted", 502),
])  # fmt: skip
def test_failures_mean_the_same_whoever_says_them(reached, status, word, code, told):
    if word == "overloaded" and reached.maker.simulated is ANTHROPIC:
        status = 529
    reached.mock.plan = Plan(status=status, error=word, headers={} if reached.maker.rate_limit_says_when else {"retry-after": "7"})
    response = reached.server.chat(chat())
    assert (response.status, response.json["error"]["code"]) == (told, code), response.text
    if status == 429:
        assert response.headers["retry-after"] == "7"


@pytest.mark.parametrize("plan, code", [
    (Plan(cut_after=2), "connection_cut"), (Plan(end_after=2), "connection_cut"), (Plan(bad_json_after=2), "bad_reply"),
    (Plan(stall_after=2), "stalled"), (Plan(error_after=2), None)], ids=["cut", "early end", "bad", "stall", "error"])  # fmt: skip
def test_what_breaks_in_the_middle_is_said(reached, plan, code):
    reached.mock.plan = plan
    events = frames(reached.server.chat(chat(stream=True)))
    assert text_of(events) == "Hello, " and None not in events
    assert events[-1]["error"]["code"] == code or code is None and events[-1]["error"]["code"].startswith("upstream_")
    assert settled(reached.server, 1)[0]["kind"] == "failed"


BREAKS = pytest.mark.parametrize("plan", [Plan(cut_after=2), Plan(error_after=2)], ids=["cut", "error"])


def library_of_anthropic(server) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0)


@BREAKS
def test_anthropics_library_raises_where_a_stream_breaks(reached, plan):
    reached.mock.plan = plan
    messages = library_of_anthropic(reached.server).messages
    body = {"model": "assistant", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}]}
    seen = []
    with pytest.raises(anthropic.APIStatusError) as raised:
        for event in messages.create(**body, stream=True):
            seen.append(event)
    assert "".join(e.delta.text for e in seen if e.type == "content_block_delta") == "Hello, "
    assert not {e.type for e in seen} & {"message_delta", "message_stop"}, "nothing that a whole answer ends with"
    assert raised.value.body["type"] == "error" and raised.value.body["error"]["message"]
    with pytest.raises(anthropic.APIStatusError), messages.stream(**body) as stream:
        stream.get_final_message()
    with pytest.raises(anthropic.APIStatusError) as raised:
        messages.create(**body)
    assert raised.value.status_code >= 429, "whole, it is a status"


@BREAKS
def test_the_responses_library_says_where_a_stream_breaks(reached, plan):
    reached.mock.plan = plan
    responses = client(reached.server).responses
    seen = list(responses.create(model="assistant", input="Hi", stream=True))
    assert "".join(e.delta for e in seen if e.type == "response.output_text.delta") == "Hello, "
    assert seen[-1].type == "response.failed" and seen[-1].response.status == "failed" and seen[-1].response.error.message
    assert not {e.type for e in seen} & {"response.output_text.done", "response.output_item.done", "response.completed"}
    with pytest.raises(RuntimeError, match="response.completed"), responses.stream(model="assistant", input="Hi") as stream:
        stream.get_final_response()
    with pytest.raises(openai.APIStatusError):
        responses.create(model="assistant", input="Hi")


@BREAKS
def test_ollamas_library_raises_where_a_stream_breaks(reached, plan):
    reached.mock.plan = plan
    server = reached.server
    library = ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"})
    ask = {"chat": {"messages": [{"role": "user", "content": "Hi"}]}, "generate": {"prompt": "Hi"}}
    for route, body in ask.items():
        seen = []
        with pytest.raises(ollama.ResponseError) as raised:
            for part in getattr(library, route)(model="assistant", stream=True, **body):
                seen.append(part)
        said = [part.message.content if route == "chat" else part.response for part in seen]
        assert "".join(said) == "Hello, " and raised.value.error and not any(part.done for part in seen)
        with pytest.raises(ollama.ResponseError) as raised:
            getattr(library, route)(model="assistant", **body)
        assert raised.value.status_code >= 429, "whole, it is a status"
    # The bytes that clients without a library read. It is the fifth failure, after which this deployment would rest.
    told = server.ask("POST", "/api/chat", {"model": "assistant", **ask["chat"]})
    *lines, last = [json.loads(line) for line in told.text.splitlines()]
    assert told.status == 200 and list(last) == ["error"] and not any(line["done"] for line in lines)


def test_an_anthropic_stream_that_stands_still_pings(mocks, start, tmp_path):
    mock = mocks()
    server = start('server.limits.quiet_time = "300ms"', provider("p", mock), deployment("d", "p"), model("assistant", "d"))
    mock.plan = Plan(between=1.5, pieces=("one ", "two ", "three"))
    body = {"model": "assistant", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    told = server.ask("POST", "/v1/messages", body, headers={"entente-heads": "on"})
    events = [frame.split("\n")[0].removeprefix("event: ") for frame in told.text.split("\n\n") if frame.startswith("event: ")]
    first, *later = [at for at, event in enumerate(events) if event == "ping"]
    assert events[0] == "message_start" and first == 1 and len(later) >= 4, events
    assert {events[at - 1] for at in later} <= {"ping", "content_block_delta"} and events[-1] == "message_stop"
    with library_of_anthropic(server).messages.stream(**{k: v for k, v in body.items() if k != "stream"}) as stream:
        assert stream.get_final_text() == "one two three"
    # They count among what is signed, as all that is no comment.
    (tmp_path / "stream").write_bytes(told.body)
    verdict = json.loads(server.entente("verify", "--stream", tmp_path / "stream", "--json").stdout)
    assert verdict["state"] == "end" and verdict["signed_bytes"] == verdict["bytes"]
    # In OpenAI's dialect it is a comment.
    quiet = server.chat(chat(stream=True)).text
    assert ":\n\n" in quiet and "ping" not in quiet


@pytest.mark.parametrize("fragment", [1, 7])
def test_the_smallest_fragments(reached, fragment):
    reached.mock.plan = Plan(fragment=fragment, pings=True, calls=(Call("weather"),))
    choice = client(reached.server).chat.completions.create(**chat(tools=TOOLS)).choices[0]
    assert choice.message.content == TEXT and json.loads(choice.message.tool_calls[0].function.arguments) == {"city": "Paris"}


def test_the_other_dialect_in(reached):
    """Anthropic's library in front, any maker behind."""
    reached.mock.plan = Plan(usage=Usage(20, 9, 8), calls=(Call("weather"),))
    library = library_of_anthropic(reached.server)
    tools = [{"name": "weather", "description": "d", "input_schema": SCHEMA}]
    with library.messages.stream(model="assistant", max_tokens=100, tools=tools, messages=[{"role": "user", "content": "Hi"}]) as events:
        message = events.get_final_message()
    assert [b.text for b in message.content if b.type == "text"] == [TEXT]
    assert [(b.name, b.input) for b in message.content if b.type == "tool_use"] == [("weather", {"city": "Paris"})]
    assert message.stop_reason == "tool_use"
    usage = message.usage
    assert (usage.input_tokens + (usage.cache_read_input_tokens or 0), usage.output_tokens) == (20, 9)


def test_the_clients_library_raises_what_it_should(reached):
    reached.mock.plan = Plan(status=429, error="rate_limit")
    with pytest.raises(openai.RateLimitError):
        client(reached.server).chat.completions.create(**chat())


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_geminis_calls_go_back_with_their_signatures(mocks, start, stream):
    """Its models from the third generation on refuse calls without, whoever lost them."""
    mock = mocks(maker=GEMINI)
    server = start(provider("p", mock, kind="gemini", endpoint=mock.url + "/v1"), deployment("d", "p", model="gemini-3.1-pro"),
                   deployment("old", "p", model="gemini-2.5-pro"), model("assistant", "d"), model("older", "old"))  # fmt: skip
    mock.plan = Plan(pieces=(), calls=(Call("weather"), Call("time")))
    ask = client(server).chat.completions
    if stream:
        with ask.stream(**chat(tools=TOOLS)) as events:
            said = events.get_final_completion().choices[0].message
    else:
        said = ask.create(**chat(tools=TOOLS)).choices[0].message
    calls = [c.model_dump(exclude_none=True) for c in said.tool_calls]
    assert [c["extra_content"]["google"]["thought_signature"] for c in calls] == ["c2ln", "c2ln"]
    results = [{"role": "tool", "tool_call_id": c["id"], "content": "sunny"} for c in calls]
    bare = [{k: c[k] for k in ("id", "type", "function")} for c in calls]
    for c in (*calls, *bare):
        c["function"] = {k: c["function"][k] for k in ("name", "arguments")}
    mock.plan = Plan()

    def signatures(model: str, sent: list) -> list:
        messages = [*chat()["messages"], {"role": "assistant", "tool_calls": sent}, *results]
        assert ask.create(model=model, messages=messages, tools=TOOLS).choices[0].message.content == TEXT
        parts = json.loads(mock.received[-1].body)["contents"][1]["parts"]
        return [part.get("thoughtSignature") for part in parts if "functionCall" in part]

    assert signatures("assistant", calls) == ["c2ln", "c2ln"]
    assert signatures("assistant", bare) == ["skip_thought_signature_validator", None], "they stand together: the first is enough"
    assert signatures("older", bare) == [None, None]
    assert signatures("older", calls) == ["c2ln", "c2ln"]


def test_geminis_signatures_are_kept_with_kept_responses(mocks, start):
    mock = mocks(maker=GEMINI)
    server = start('responses.keep = "1h"', provider("p", mock, kind="gemini", endpoint=mock.url + "/v1"),
                   deployment("d", "p", model="gemini-3.1-pro"), model("assistant", "d"))  # fmt: skip
    mock.plan = Plan(pieces=(), calls=(Call("weather"),))
    ask = client(server).responses.create
    tool = {"type": "function", "name": "weather", "parameters": SCHEMA, "strict": False}
    first = ask(model="assistant", input="Hi", tools=[tool])
    (call,) = [item for item in first.output if item.type == "function_call"]
    mock.plan = Plan()
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    assert ask(model="assistant", input=[result], previous_response_id=first.id, tools=[tool]).output_text == TEXT
    (part,) = [p for c in json.loads(mock.received[-1].body)["contents"] for p in c["parts"] if "functionCall" in p]
    assert part["thoughtSignature"] == "c2ln"
