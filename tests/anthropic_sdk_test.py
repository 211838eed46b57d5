"""Anthropic's own Python SDK against the real server: a program written for Claude works here with another base URL."""

import asyncio
import json

import anthropic
import pytest
from entente_server import MODEL

STORY = "Tell me a long story about a river."
WEATHER = {
    "name": "get_weather",
    "description": "The weather in a city.",
    "input_schema": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "maxLength": 30},
            "days": {"type": "integer", "minimum": 1, "maximum": 7},
        },
        "required": ["city", "days"],
        "additionalProperties": False,
    },
}
ASK = "What is the weather in Paris for three days?"


@pytest.fixture(scope="module")
def client(server):
    with anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0, timeout=60) as client:
        yield client


def said(text=STORY, **more) -> dict:
    """The newest SDK has no name for the temperature any more; the API still takes it, and older SDKs send it."""
    return {
        "model": MODEL,
        "max_tokens": 12,
        "extra_body": {"temperature": 0},
        "messages": [{"role": "user", "content": text}],
    } | more


RAW = {"model": MODEL, "max_tokens": 12, "temperature": 0, "messages": [{"role": "user", "content": STORY}]}


def test_a_message_is_answered(client, server):
    raw = client.messages.with_raw_response.create(**said())
    message = raw.parse()
    assert message.id.startswith("msg_") and (message.type, message.role, message.model) == ("message", "assistant", MODEL)
    assert len(message.content) == 1 and message.content[0].type == "text" and message.content[0].text
    assert (message.stop_reason, message.stop_sequence) == ("max_tokens", None)
    assert message.usage.output_tokens == 12
    assert raw.headers["request-id"] == raw.headers["x-request-id"] and message._request_id.startswith("req_")
    attempt = server.attempt_of(message._request_id)
    read = message.usage.input_tokens + message.usage.cache_read_input_tokens
    assert (attempt["prompt_tokens"], attempt["completion_tokens"]) == (read, 12)


def test_a_stream_says_the_same_with_every_event_in_order(client):
    whole = client.messages.create(**said(max_tokens=40))
    events = list(client.messages.create(**said(max_tokens=40), stream=True))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(kinds[2:-3]) == {"content_block_delta"}
    assert "".join(e.delta.text for e in events[2:-3]) == whole.content[0].text
    start, delta = events[0].message, events[-2]
    assert start.usage.input_tokens + start.usage.cache_read_input_tokens > 0 and start.content == []
    assert delta.delta.stop_reason == whole.stop_reason == "max_tokens" and delta.usage.output_tokens == 40


def test_the_names_of_events_and_the_ping_stand_in_the_bytes(server):
    """The SDK swallows pings; others read the names, not the types."""
    response = server.ask("POST", "/v1/messages", RAW | {"stream": True}, key=None, headers={"x-api-key": server.key})
    assert response.headers.get_content_type() == "text/event-stream"
    frames = [frame for frame in response.text.split("\n\n") if not frame.startswith(":")]  # without comments
    assert frames.pop() == ""
    for frame in frames:
        name, data = frame.split("\n")
        assert json.loads(data.removeprefix("data: "))["type"] == name.removeprefix("event: ")
    assert frames[1].startswith("event: ping")


def test_the_streaming_helper_understands_us(client):
    with client.messages.stream(**said(max_tokens=30)) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert final.content[0].text == text and final.usage.output_tokens == 30 and final.stop_reason == "max_tokens"


def test_a_stop_sequence_is_named(client):
    full = client.messages.create(**said(max_tokens=40)).content[0].text
    stop = full[20:26]
    answer = client.messages.create(**said(max_tokens=40, stop_sequences=["\0never", stop]))
    assert (answer.stop_reason, answer.stop_sequence) == ("stop_sequence", stop)
    assert answer.content[0].text == full[: full.index(stop)]
    with client.messages.stream(**said(max_tokens=40, stop_sequences=[stop])) as stream:
        final = stream.get_final_message()
    assert (final.stop_reason, final.stop_sequence) == ("stop_sequence", stop)


def check_weather(arguments):
    assert set(arguments) == {"city", "days"} and len(arguments["city"]) <= 30 and 1 <= arguments["days"] <= 7


def calling(**more) -> dict:
    choice = {"type": "any", "disable_parallel_tool_use": True}
    return said(ASK, **({"max_tokens": 200, "tools": [WEATHER], "tool_choice": choice} | more))


def test_a_tool_is_used_and_its_result_goes_back(client):
    first = client.messages.create(**calling())
    assert first.stop_reason == "tool_use"
    (use,) = [block for block in first.content if block.type == "tool_use"]
    assert use.name == "get_weather"
    check_weather(use.input)
    answer = client.messages.create(
        **calling(
            tool_choice={"type": "none"},
            max_tokens=20,
            messages=[
                {"role": "user", "content": ASK},
                {"role": "assistant", "content": first.content},
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": use.id, "content": "Sunny, 21 degrees."},
                        {"type": "text", "text": "Well?"},
                    ],
                },
            ],
        )
    )
    assert answer.content[0].type == "text" and answer.stop_reason in ("end_turn", "max_tokens")


def test_a_streamed_tool_use_is_put_together_by_the_helper(client):
    pieces = []
    with client.messages.stream(**calling(tool_choice={"type": "tool", "name": "get_weather"})) as stream:
        for event in stream:
            if event.type == "input_json":
                pieces.append(event.partial_json)
        final = stream.get_final_message()
    use = next(block for block in final.content if block.type == "tool_use")
    check_weather(use.input)
    assert len(pieces) > 3


def test_the_tool_runner_calls_the_function(client):
    asked = []

    @anthropic.beta_tool
    def get_weather(city: str, days: int) -> str:
        """The weather in a city."""
        asked.append((city, days))
        return "Sunny."

    runner = client.beta.messages.tool_runner(
        model=MODEL,
        max_tokens=200,
        extra_body={"temperature": 0},
        tools=[get_weather],
        tool_choice={"type": "any", "disable_parallel_tool_use": True},
        max_iterations=2,
        messages=[{"role": "user", "content": ASK}],
    )
    for _ in runner:
        pass
    assert asked and isinstance(asked[0][1], int)


def test_a_schema_is_kept_to(client):
    schema = {
        "type": "object",
        "properties": {"sure": {"type": "boolean"}, "mood": {"enum": ["good", "bad"]}},
        "required": ["sure", "mood"],
        "additionalProperties": False,
    }
    answer = client.messages.create(
        **said("Well?", max_tokens=60), output_config={"format": {"type": "json_schema", "schema": schema}}
    )
    assert set(json.loads(answer.content[0].text)) == {"sure", "mood"}


def test_tokens_are_counted_as_they_are_billed(client):
    asked = said("How many tokens are these?", system="Be brief.", tools=[WEATHER])
    counted = client.messages.count_tokens(**{k: v for k, v in asked.items() if k not in ("max_tokens", "extra_body")})
    answer = client.messages.create(**asked)
    assert counted.input_tokens == answer.usage.input_tokens + answer.usage.cache_read_input_tokens
    without = client.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "How many?"}])
    assert 0 < without.input_tokens < counted.input_tokens


def test_errors_are_the_sdks_own_types(client, server):
    with pytest.raises(anthropic.NotFoundError) as error:
        client.messages.create(**said() | {"model": "claude-nine"})
    assert error.value.body["type"] == "error" and error.value.body["error"]["type"] == "not_found_error"
    assert error.value.body["request_id"] == error.value.request_id
    with pytest.raises(anthropic.BadRequestError) as error:
        client.messages.create(**said(extra_body={"temperature": 3}))
    assert error.value.body["error"]["type"] == "invalid_request_error" and "temperature" in str(error.value)
    with pytest.raises(anthropic.BadRequestError):
        client.messages.create(**said("word " * 20_000))
    for beginning in ("The river ", "", [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]):
        with pytest.raises(anthropic.BadRequestError) as error:
            client.messages.create(**said(messages=RAW["messages"] + [{"role": "assistant", "content": beginning}]))
        assert "assistant" in str(error.value) or "content" in str(error.value), error.value
    with pytest.raises(anthropic.AuthenticationError) as error:
        anthropic.Anthropic(base_url=server.url, api_key="ent_wrong", max_retries=0).messages.create(**said())
    assert error.value.body["error"]["type"] == "authentication_error"


def test_models_are_a_page_of_the_sdk(client):
    page = client.models.list()
    assert [model.id for model in page] == [MODEL]
    assert client.models.retrieve(MODEL).created_at.year > 2020


def test_the_async_client_streams(server):
    async def both():
        async with anthropic.AsyncAnthropic(base_url=server.url, api_key=server.key, max_retries=0) as client:
            whole = await client.messages.create(**said())
            async with client.messages.stream(**said()) as stream:
                return whole.content[0].text, "".join([text async for text in stream.text_stream])

    whole, streamed = asyncio.run(both())
    assert whole == streamed


def test_a_token_of_a_bearer_works_too(server):
    with anthropic.Anthropic(base_url=server.url, api_key=None, auth_token=server.key, max_retries=0) as client:
        assert client.messages.create(**said()).content


def test_an_answer_that_is_begun_goes_on(client):
    whole = client.messages.create(**said(max_tokens=32))
    words = whole.content[0].text.split(" ")
    assert len(words) > 8
    begun, rest = " ".join(words[:5]), " " + " ".join(words[5:])
    messages = said()["messages"] + [{"role": "assistant", "content": begun}]
    def read(usage):
        return usage.input_tokens + usage.cache_read_input_tokens

    assert client.messages.count_tokens(model=MODEL, messages=messages).input_tokens > read(whole.usage)
    going_on = client.messages.create(**said(messages=messages, max_tokens=32))
    assert read(going_on.usage) > read(whole.usage)
    assert going_on.content[0].text[:12] == rest[:12], "it neither repeats what was begun nor begins anew"
    with client.messages.stream(**said(messages=messages, max_tokens=32)) as stream:
        assert "".join(stream.text_stream)[:12] == rest[:12]
    with pytest.raises(anthropic.BadRequestError) as error:
        client.messages.create(**said(
            messages=messages, tools=[{"name": "f", "input_schema": {"type": "object"}}], tool_choice={"type": "any"}))  # fmt: skip
    assert "begun" in str(error.value)
