"""OpenAI's own Python SDK against the real server: what works with the reference works here, unchanged."""

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from entente_server import MODEL, NO_END, eventually, question

STORY = "Tell me a long story about a river."


@pytest.fixture(scope="module")
def client(server):
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60) as client:
        yield client


def ask(client, text="Say hello.", **more):
    return client.chat.completions.create(**question(text, **more))


def test_models_are_listed_and_shown(client):
    listed = client.models.list()
    assert [m.id for m in listed] == [MODEL]
    shown = client.models.retrieve(MODEL)
    assert shown == listed.data[0]
    assert shown.object == "model" and shown.created > 1_700_000_000 and shown.owned_by


def test_a_chat_is_answered(client):
    answer = ask(client, STORY, max_tokens=16)
    assert answer.id.startswith("chatcmpl") and answer.object == "chat.completion" and answer.model == MODEL
    choice = answer.choices[0]
    assert choice.message.role == "assistant" and "river" in choice.message.content.lower()
    assert choice.finish_reason == "length" and choice.logprobs is None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_stream_says_the_same_as_a_whole_answer(client):
    whole = ask(client, STORY, max_tokens=40)
    chunks = list(ask(client, STORY, max_tokens=40, stream=True, stream_options={"include_usage": True}))
    assert {(c.id, c.created, c.model, c.object) for c in chunks} == {
        (chunks[0].id, chunks[0].created, MODEL, "chat.completion.chunk")
    }
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == whole.choices[0].finish_reason == "length"
    assert chunks[-1].choices == [] and all(c.usage is None for c in chunks[:-1])
    counted, billed = chunks[-1].usage, whole.usage
    assert (counted.prompt_tokens, counted.completion_tokens) == (billed.prompt_tokens, billed.completion_tokens)
    assert counted.completion_tokens == 40


def test_a_stream_without_include_usage_has_none(client):
    assert all(chunk.usage is None and chunk.choices for chunk in ask(client, stream=True))


def test_the_streaming_helper_of_the_sdk_understands_us(client):
    with client.chat.completions.stream(**question(STORY, max_tokens=60, stop=".")) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert final.choices[0].message.content


def test_several_choices_are_several_answers_and_all_are_counted(client):
    answer = ask(client, STORY, n=3, max_tokens=12, temperature=1.0, seed=3)
    assert [c.index for c in answer.choices] == [0, 1, 2]
    assert len({c.message.content for c in answer.choices}) > 1
    assert answer.usage.completion_tokens == 36
    single = ask(client, STORY, max_tokens=12)
    assert answer.usage.prompt_tokens == single.usage.prompt_tokens


def test_several_choices_stream_with_their_indices(client):
    texts, roles, finished = ["", ""], set(), {}
    for chunk in ask(client, STORY, n=2, max_tokens=12, temperature=1.0, seed=3, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            if choice.delta.role:
                roles.add(choice.index)
            if choice.finish_reason:
                finished[choice.index] = choice.finish_reason
    assert all(texts) and roles == {0, 1} and finished == {0: "length", 1: "length"}


def test_logprobs_are_of_the_tokens_that_were_chosen(client):
    answer = ask(client, STORY, max_tokens=10, logprobs=True, top_logprobs=4)
    tokens = answer.choices[0].logprobs.content
    assert len(tokens) == answer.usage.completion_tokens == 10
    assert b"".join(bytes(t.bytes) for t in tokens).decode() == answer.choices[0].message.content
    for token in tokens:
        tops = [t.logprob for t in token.top_logprobs]
        assert len(tops) == 4 and tops == sorted(tops, reverse=True)
        assert token.top_logprobs[0].token == token.token, "temperature 0 takes the likeliest"
        assert math.isclose(tops[0], token.logprob, abs_tol=1e-6)
        assert sum(map(math.exp, tops)) <= 1.0001


def test_logprobs_stream_too(client):
    whole = ask(client, STORY, max_tokens=10, logprobs=True).choices[0].logprobs.content
    streamed = [
        token
        for chunk in ask(client, STORY, max_tokens=10, logprobs=True, stream=True)
        for choice in chunk.choices
        if choice.logprobs
        for token in choice.logprobs.content
    ]
    assert [t.token for t in streamed] == [t.token for t in whole]
    assert all(t.top_logprobs == [] for t in whole)


@pytest.mark.parametrize("stream", [False, True])
def test_a_stop_sequence_ends_the_answer_before_it(client, stream):
    full = ask(client, STORY, max_tokens=40).choices[0].message.content
    stop = full[20:26]  # in all likelihood across tokens
    expected = full[: full.index(stop)]
    if stream:
        chunks = [c.choices[0] for c in ask(client, STORY, max_tokens=40, stop=["\0never", stop], stream=True)]
        text, reason = "".join(c.delta.content or "" for c in chunks), chunks[-1].finish_reason
    else:
        choice = ask(client, STORY, max_tokens=40, stop=stop).choices[0]
        text, reason = choice.message.content, choice.finish_reason
    assert (text, reason) == (expected, "stop")


def test_the_same_seed_gives_the_same_answer(client):
    first, again, other = (
        ask(client, STORY, max_tokens=24, temperature=1.0, seed=seed).choices[0].message.content for seed in (7, 7, 8)
    )
    assert first == again != other
    assert (
        ask(client, STORY, max_tokens=24).choices[0].message.content
        == ask(client, STORY, max_tokens=24).choices[0].message.content
    )


def test_both_names_of_the_longest_answer_work(client):
    request = question(STORY)
    del request["max_tokens"]
    for name in ("max_tokens", "max_completion_tokens"):
        answer = client.chat.completions.create(**request, **{name: 5})
        assert answer.usage.completion_tokens == 5 and answer.choices[0].finish_reason == "length"


def test_logit_bias_forbids_and_forces(client):
    # The number of a token is found by asking which one comes when it is forced.
    forced = ask(client, max_tokens=3, logit_bias={"400": 100}, logprobs=True)
    tokens = [t.token for t in forced.choices[0].logprobs.content]
    assert len(tokens) == 3 and len(set(tokens)) == 1
    without = ask(client, max_tokens=3, logit_bias={"400": -100}, logprobs=True)
    assert tokens[0] not in [t.token for t in without.choices[0].logprobs.content]


def test_roles_and_parts_of_a_conversation_are_understood(client):
    answer = client.chat.completions.create(
        model=MODEL,
        temperature=0,
        max_tokens=8,
        messages=[
            {"role": "developer", "content": "Answer in one word."},
            {"role": "user", "content": [{"type": "text", "text": "Name a"}, {"type": "text", "text": " colour."}]},
            {"role": "assistant", "content": "Blue"},
            {"role": "user", "name": "Ada", "content": "Another."},
        ],
    )
    assert answer.choices[0].message.content


def test_errors_are_the_sdks_own_types(client, server):
    with pytest.raises(openai.NotFoundError) as error:
        client.chat.completions.create(**question() | {"model": "smollm2:135n"})
    assert (error.value.code, error.value.param, error.value.type) == (
        "model_not_found",
        "model",
        "invalid_request_error",
    )
    assert "Did you mean 'smollm2:135m'?" in error.value.message
    with pytest.raises(openai.NotFoundError) as error:
        client.models.retrieve("nothing")
    assert error.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as error:
        ask(client, temperature=3)
    assert (error.value.code, error.value.param) == ("invalid_value", "temperature")
    with pytest.raises(openai.BadRequestError) as error:
        ask(client, "word " * 20_000)
    assert error.value.code == "context_length_exceeded"
    for key in ("ent_wrong", "sk-something"):
        with pytest.raises(openai.AuthenticationError) as error:
            openai.OpenAI(base_url=server.url + "/v1", api_key=key, max_retries=0).models.list()
        assert error.value.code == "invalid_api_key"


def test_the_raw_answer_says_who_answered(client, server):
    raw = client.chat.completions.with_raw_response.create(**question())
    assert raw.headers["x-request-id"].startswith("req_")
    assert raw.headers["entente-provider"] == "local" and raw.headers["entente-model"] == MODEL
    assert raw.headers["entente-deployment"] and raw.headers["entente-place"]
    attempt = server.attempt_of(raw.headers["x-request-id"])
    usage = raw.parse().usage
    assert attempt["kind"] == "answered"
    assert (attempt["prompt_tokens"], attempt["completion_tokens"]) == (usage.prompt_tokens, usage.completion_tokens)


def test_the_async_client_works(server):
    async def both():
        async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0) as client:
            whole = await client.chat.completions.create(**question())
            stream = await client.chat.completions.create(**question(), stream=True)
            return whole.choices[0].message.content, "".join([c.choices[0].delta.content or "" async for c in stream])

    whole, streamed = asyncio.run(both())
    assert whole == streamed


def test_sixteen_at_once_get_each_their_own_answer(client):
    def one(i):
        answer = ask(
            client, f"Count to {i} and tell a story. " + "Please. " * i, max_tokens=4 + i, temperature=1.0, seed=i
        )
        return answer.id, answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.choices[0].finish_reason

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one, range(16)))
    assert len({a[0] for a in answers}) == 16
    for i, (_, prompt, completion, finish) in enumerate(answers):
        assert completion == 4 + i if finish == "length" else completion <= 4 + i
    alone = one(9)
    assert alone[1] == answers[9][1], "the prompt counts the same alone and in a crowd"


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_frees_its_place_and_is_recorded(server, stream):
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0) as client:
        before = len(server.attempts())
        request = question(STORY, max_tokens=1500, logit_bias=NO_END)  # it would go on and on
        if stream:
            answer = client.chat.completions.create(**request, stream=True)
            for _ in range(3):
                next(answer)
            answer.close()
        else:
            with pytest.raises(openai.APITimeoutError):
                client.with_options(timeout=0.5).chat.completions.create(**request)
    attempt = eventually("the attempt is settled", lambda: [a for a in server.attempts()[before:] if a["kind"]])[0]
    assert (attempt["kind"], attempt["error"]) == ("cancelled", "cancelled")
    assert 0 < attempt["completion_tokens"] < 1500 and attempt["prompt_tokens"] > 0
    eventually("its place is free", lambda: server.metric("entente_engine_sequences_running") == 0)
    assert server.metric("entente_attempts_total", outcome="cancelled") >= 1
