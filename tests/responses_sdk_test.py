"""OpenAI's Responses API through OpenAI's own Python SDK: items, events in order, tools, schemas, and answers that are
kept where the configuration says so."""

import asyncio
import json

import openai
import pytest
from entente_server import MODEL, eventually
from pydantic import BaseModel

STORY = "Tell me a long story about a river."
ASK = "What is the weather in Paris for three days?"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "maxLength": 30},
            "days": {"type": "integer", "minimum": 1, "maximum": 7},
        },
        "required": ["city", "days"],
        "additionalProperties": False,
    },
}


@pytest.fixture(scope="module")
def client(server):
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture
def keeping(start_server):
    server = start_server('responses.keep = "10min"')
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60) as client:
        client.server = server
        yield client


def asked(text=STORY, **more) -> dict:
    return {"model": MODEL, "input": text, "max_output_tokens": 16, "temperature": 0} | more


def calling(**more) -> dict:
    return asked(ASK, tools=[WEATHER], tool_choice="required", parallel_tool_calls=False, max_output_tokens=200) | more


def check_weather(arguments: str):
    said = json.loads(arguments)
    assert set(said) == {"city", "days"} and len(said["city"]) <= 30 and 1 <= said["days"] <= 7


def test_a_response_is_made(client, server):
    response = client.responses.create(**asked(instructions="Answer well."))
    assert response.id.startswith("resp_") and response.object == "response" and response.model == MODEL
    assert response.output_text and response.output[0].type == "message" and response.output[0].role == "assistant"
    assert response.status == "incomplete" and response.incomplete_details.reason == "max_output_tokens"
    assert response.store is False and response.instructions == "Answer well." and response.error is None
    assert response.usage.output_tokens == 16
    assert response.usage.total_tokens == response.usage.input_tokens + 16
    attempt = server.attempt_of(response._request_id)
    assert (attempt["prompt_tokens"], attempt["completion_tokens"]) == (response.usage.input_tokens, 16)


def test_it_says_what_a_chat_says(client):
    chat = client.chat.completions.create(
        model=MODEL, max_tokens=16, temperature=0, messages=[{"role": "user", "content": STORY}]
    )
    assert client.responses.create(**asked()).output_text == chat.choices[0].message.content


def test_a_stream_has_every_event_in_order(client):
    whole = client.responses.create(**asked())
    events = list(client.responses.create(**asked(stream=True)))
    kinds = [event.type for event in events]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.incomplete",
    ]
    assert set(kinds[4:-4]) == {"response.output_text.delta"}
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert "".join(event.delta for event in events[4:-4]) == whole.output_text == events[-1].response.output_text
    assert events[-1].response.usage.output_tokens == 16 and events[0].response.status == "in_progress"


def test_the_streaming_helper_understands_us(client):
    # One that comes to its end: of a response that is incomplete the helper makes none.
    with client.responses.stream(**asked("Say hello.", max_output_tokens=200)) as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()
    assert final.output_text == text


def test_a_function_is_called_and_its_output_goes_back(client):
    first = client.responses.create(**calling())
    assert first.status == "completed"
    (call,) = [item for item in first.output if item.type == "function_call"]
    check_weather(call.arguments)
    answer = client.responses.create(
        **calling(
            tool_choice="none",
            max_output_tokens=16,
            input=[
                {"role": "user", "content": ASK},
                *first.output,
                {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny."},
            ],
        )
    )
    assert answer.output_text


def test_a_streamed_call_is_put_together_by_the_helper(client):
    with client.responses.stream(**calling()) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds.count("response.function_call_arguments.done") == 1
    assert kinds.count("response.function_call_arguments.delta") > 3
    (call,) = final.output
    check_weather(call.arguments)


def test_a_custom_tool_gets_a_text(client):
    response = client.responses.create(
        **asked(
            "Write a line.",
            tools=[{"type": "custom", "name": "write", "description": "Writes a line."}],
            tool_choice={"type": "custom", "name": "write"},
            parallel_tool_calls=False,
            max_output_tokens=200,
        )
    )
    call = response.output[0]
    assert (call.type, call.name) == ("custom_tool_call", "write") and isinstance(call.input, str)


class Report(BaseModel):
    mood: bool
    count: int


def test_parse_gives_the_model_that_was_asked_for(client):
    response = client.responses.parse(**asked("Report.", max_output_tokens=60), text_format=Report)
    assert isinstance(response.output_parsed, Report)
    with client.responses.stream(**asked("Report.", max_output_tokens=60), text_format=Report) as stream:
        assert isinstance(stream.get_final_response().output_parsed, Report)


def test_log_probabilities_come_with_the_text(client):
    response = client.responses.create(**asked(include=["message.output_text.logprobs"], top_logprobs=2))
    tokens = response.output[0].content[0].logprobs
    assert "".join(token.token for token in tokens) == response.output_text
    assert all(len(token.top_logprobs) == 2 for token in tokens)


def test_tokens_are_counted_as_they_are_billed(client):
    counted = client.responses.input_tokens.count(model=MODEL, input=STORY)
    assert counted.input_tokens == client.responses.create(**asked()).usage.input_tokens


def test_what_needs_keeping_is_refused_by_name_where_nothing_is_kept(client):
    for more in ({"store": True}, {"previous_response_id": "resp_1"}, {"background": True}):
        with pytest.raises(openai.BadRequestError) as error:
            client.responses.create(**asked(**more))
        assert error.value.param == next(iter(more))
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve("resp_1")


def test_a_kept_response_can_be_asked_for_gone_on_from_and_deleted(keeping):
    first = keeping.responses.create(**asked("My name is Ada.", instructions="Be brief."))
    assert first.store is True
    assert keeping.responses.retrieve(first.id).output_text == first.output_text
    items = list(keeping.responses.input_items.list(first.id))
    assert [item.role for item in items] == ["user"] and items[0].content[0].text == "My name is Ada."
    assert 0 < first.expires_at - first.created_at <= 600, "how long it is kept is said"

    second = keeping.responses.create(**asked("What is my name?", previous_response_id=first.id, stream=True))
    *_, last = second
    long = last.response.usage.input_tokens
    alone = keeping.responses.create(**asked("What is my name?", store=False))
    assert last.response.previous_response_id == first.id and long > alone.usage.input_tokens
    whole = keeping.responses.create(
        **asked(
            [
                {"role": "user", "content": "My name is Ada."},
                {"role": "assistant", "content": first.output_text},
                {"role": "user", "content": "What is my name?"},
            ]
        )
    )
    assert whole.usage.input_tokens == long, "the instructions of the first are not the second's"
    with pytest.raises(openai.NotFoundError):
        keeping.responses.retrieve(alone.id)
    with pytest.raises(openai.BadRequestError):
        keeping.responses.cancel(first.id)

    made = keeping.server.entente("keys", "create", "other", "--project", "other", "--json").stdout
    stranger = json.loads(made)["secret"]
    eventually("the key is known", lambda: keeping.server.get("/v1/models", key=stranger).status == 200)
    with pytest.raises(openai.NotFoundError):
        keeping.with_options(api_key=stranger).responses.retrieve(first.id)
    keeping.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        keeping.responses.retrieve(first.id)


def test_input_items_come_in_pages_the_newest_first(keeping):
    turns = [{"role": "user", "content": f"Number {i}."} for i in range(5)]
    made = keeping.responses.create(**asked(turns))
    listed = lambda **more: [item.content[0].text for item in keeping.responses.input_items.list(made.id, **more)]  # noqa: E731
    newest = [f"Number {i}." for i in (4, 3, 2, 1, 0)]
    assert listed() == newest and listed(order="asc") == newest[::-1] and listed(limit=2) == newest, "the library turns the pages"
    page = keeping.responses.input_items.list(made.id, limit=2)
    assert len(page.data) == 2 and page.has_more and len({item.id for item in keeping.responses.input_items.list(made.id)}) == 5
    with pytest.raises(openai.BadRequestError):
        keeping.responses.input_items.list(made.id, after="msg_nobody")


def test_what_is_not_in_the_background_is_said_so(keeping):
    made = keeping.responses.create(**asked(background=False))
    assert made.background is False and made.status in ("completed", "incomplete")
    with pytest.raises(openai.BadRequestError) as refused:
        keeping.responses.cancel(made.id)
    assert refused.value.code == "response_not_in_background"
    with pytest.raises(openai.BadRequestError) as refused:
        keeping.responses.create(**asked(background=True))
    assert refused.value.param == "background" and "while its client waits" in refused.value.message
    with pytest.raises(openai.NotFoundError):
        keeping.responses.cancel("resp_nobody")


def test_the_async_client_streams(server):
    async def both():
        async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0) as client:
            hello = asked("Say hello.", max_output_tokens=200)
            whole = await client.responses.create(**hello)
            async with client.responses.stream(**hello) as stream:
                return whole.output_text, (await stream.get_final_response()).output_text

    whole, streamed = asyncio.run(both())
    assert whole == streamed
