"""Tools, schemas and their streams through OpenAI's own SDK: what a program needs that lets a model act. The model is a
small one that was never taught to call tools: that its calls are valid is the server's doing."""

import asyncio
import json
from enum import Enum

import openai
import pytest
from entente_server import MODEL, question
from pydantic import BaseModel, Field

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "maxLength": 30},
                "unit": {"enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer", "minimum": 1, "maximum": 7},
            },
            "required": ["city", "unit", "days"],
            "additionalProperties": False,
        },
    },
}
TIME = {"type": "function", "function": {"name": "get_time", "description": "The time now."}}
ASK = "What is the weather in Paris for three days, in celsius?"


@pytest.fixture(scope="module")
def client(server):
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60) as client:
        yield client


def ask(client, text=ASK, **more):
    return client.chat.completions.create(**question(text, **({"max_tokens": 200} | more)))


def check_weather(arguments: str):
    said = json.loads(arguments)
    assert set(said) == {"city", "unit", "days"}
    assert isinstance(said["city"], str) and len(said["city"]) <= 30
    assert said["unit"] in ("celsius", "fahrenheit") and 1 <= said["days"] <= 7


@pytest.mark.parametrize("temperature", [0, 1, 1.7])
def test_a_small_model_calls_a_tool_with_valid_arguments(client, temperature):
    for seed in range(4):
        answer = ask(client, tools=[WEATHER, TIME], tool_choice="required", temperature=temperature, seed=seed)
        choice = answer.choices[0]
        assert choice.finish_reason in ("tool_calls", "length") and choice.message.content is None
        calls = choice.message.tool_calls
        # A small model calls again and again; where its words run out, the last call is not complete.
        for call in calls if choice.finish_reason == "tool_calls" else calls[:-1]:
            assert call.type == "function" and call.id.startswith("call_")
            if call.function.name == "get_weather":
                check_weather(call.function.arguments)
            else:
                assert (call.function.name, call.function.arguments) == ("get_time", "{}")
        assert calls and len({call.id for call in calls}) == len(calls)


def test_the_tool_that_is_named_is_called_and_once_where_calls_are_not_parallel(client):
    answer = ask(
        client,
        tools=[WEATHER, TIME],
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
        parallel_tool_calls=False,
    )
    (call,) = answer.choices[0].message.tool_calls
    assert call.function.name == "get_weather"
    check_weather(call.function.arguments)


def test_where_the_model_may_choose_it_may_just_answer_and_with_none_it_must(client):
    for choice in ("auto", "none"):
        answer = ask(client, "Say hello.", tools=[TIME], tool_choice=choice, max_tokens=40)
        message = answer.choices[0].message
        assert message.content or message.tool_calls
        if choice == "none":
            assert message.content and not message.tool_calls


def test_a_streamed_call_begins_with_its_name_and_its_arguments_follow(client):
    request = {"tools": [WEATHER], "tool_choice": "required", "parallel_tool_calls": False}
    deltas, reasons = [], []
    for chunk in ask(client, stream=True, **request):
        for choice in chunk.choices:
            deltas += choice.delta.tool_calls or []
            reasons.append(choice.finish_reason)
    first, rest = deltas[0], deltas[1:]
    assert (first.index, first.type, first.function.name, first.function.arguments) == (0, "function", "get_weather", "")
    assert first.id and all(d.id is None and d.function.name is None and d.index == 0 for d in rest)
    check_weather("".join(d.function.arguments for d in rest))
    assert len(rest) > 3 and reasons[-1] == "tool_calls"


def test_the_streaming_helper_puts_calls_together(client):
    with client.chat.completions.stream(
        **question(ASK, max_tokens=200, tools=[WEATHER], tool_choice="required", parallel_tool_calls=False)
    ) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert {"tool_calls.function.arguments.delta", "tool_calls.function.arguments.done"} <= kinds
    check_weather(final.choices[0].message.tool_calls[0].function.arguments)


def test_results_go_back_and_the_model_answers(client):
    first = ask(client, tools=[WEATHER], tool_choice="required", parallel_tool_calls=False).choices[0].message
    answer = client.chat.completions.create(
        model=MODEL,
        temperature=0,
        max_tokens=30,
        tools=[WEATHER],
        tool_choice="none",
        messages=[
            {"role": "user", "content": ASK},
            first,
            {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "Sunny, 21 degrees."},
        ],
    )
    assert answer.choices[0].message.content and answer.choices[0].finish_reason in ("stop", "length")


class Mood(Enum):
    good = "good"
    bad = "bad"


class Step(BaseModel):
    title: str = Field(max_length=20)
    done: bool


class Report(BaseModel):
    mood: Mood
    count: int
    steps: list[Step] = Field(max_length=3)
    note: str | None = Field(max_length=40)


@pytest.mark.parametrize("temperature", [0, 1])
def test_parse_gives_the_model_that_was_asked_for(client, temperature):
    for seed in range(3):
        request = question("Report.", max_tokens=400, temperature=temperature, seed=seed)
        answer = client.chat.completions.parse(**request, response_format=Report)
        assert isinstance(answer.choices[0].message.parsed, Report) and answer.choices[0].finish_reason == "stop"
        assert len(answer.choices[0].message.parsed.steps) <= 3


def test_parse_streams_and_works_with_tools(client):
    class Answer(BaseModel):
        mood: Mood
        sure: bool

    with client.chat.completions.stream(**question("Well?", max_tokens=60), response_format=Answer) as stream:
        list(stream)
        final = stream.get_final_completion()
    assert isinstance(final.choices[0].message.parsed, Answer)

    tool = openai.pydantic_function_tool(Answer, name="answer")
    said = client.chat.completions.parse(
        **question("Well?", max_tokens=60), tools=[tool], tool_choice="required", parallel_tool_calls=False
    )
    assert isinstance(said.choices[0].message.tool_calls[0].function.parsed_arguments, Answer)


def test_an_object_of_json_is_one(client):
    answer = ask(
        client,
        "A colour and its code, as JSON.",
        response_format={"type": "json_object"},
        max_tokens=300,
    )
    choice = answer.choices[0]
    if choice.finish_reason == "stop":
        assert isinstance(json.loads(choice.message.content), dict)
    assert choice.message.content.startswith("{")


def test_the_async_client_calls_tools_at_once(server):
    async def all_of_them():
        async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0) as client:
            asked = [
                client.chat.completions.create(
                    **question(f"{ASK} {i}", max_tokens=200, temperature=1, seed=i),
                    tools=[WEATHER],
                    tool_choice="required",
                    parallel_tool_calls=False,
                )
                for i in range(6)
            ]
            return await asyncio.gather(*asked)

    for answer in asyncio.run(all_of_them()):
        (call,) = answer.choices[0].message.tool_calls
        assert answer.choices[0].finish_reason == "tool_calls"
        check_weather(call.function.arguments)


def test_a_schema_is_kept_to_with_several_choices_and_counts_what_it_cost(client):
    schema = {"type": "array", "items": {"type": "integer", "minimum": 10, "maximum": 99}, "minItems": 2, "maxItems": 4}
    answer = ask(
        client,
        "Numbers.",
        n=3,
        temperature=1,
        seed=5,
        response_format={"type": "json_schema", "json_schema": {"name": "numbers", "strict": True, "schema": schema}},
    )
    for choice in answer.choices:
        numbers = json.loads(choice.message.content)
        assert 2 <= len(numbers) <= 4 and all(10 <= n <= 99 for n in numbers) and choice.finish_reason == "stop"
    assert answer.usage.completion_tokens > 6


def test_what_a_schema_that_is_a_wish_cannot_have_held_is_said(client):
    schema = {"type": "object", "properties": {"näme": {"type": "string", "pattern": "(?=a)b"}, "n": {"type": "integer"}},
              "required": ["n"], "additionalProperties": False}  # fmt: skip
    asked = {"messages": [{"role": "user", "content": "A number."}], "model": MODEL, "max_tokens": 30}
    for strict in (False, True):
        wish = {"type": "json_schema", "json_schema": {"name": "x", "strict": strict, "schema": schema}}
        for stream in (False, True):
            ask_it = client.chat.completions.with_raw_response.create
            if strict:
                with pytest.raises(openai.BadRequestError, match="pattern"):
                    ask_it(**asked, stream=stream, response_format=wish)
                continue
            raw = ask_it(**asked, stream=stream, response_format=wish)
            assert raw.headers["entente-schema-left-out"] == "response_format.json_schema.schema/properties/n??me/pattern"
    schema["properties"]["näme"]["pattern"] = "^[a-z]{1,3}$"
    wish = {"type": "json_schema", "json_schema": {"name": "x", "strict": False, "schema": schema}}
    assert "entente-schema-left-out" not in client.chat.completions.with_raw_response.create(**asked, response_format=wish).headers
