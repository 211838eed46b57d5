"""Texts without roles through OpenAI's own Python SDK: completions with prompts of every form, the log-probabilities that
evaluation harnesses score with, and embeddings."""

import base64
import json
import math
import signal
import struct

import openai
import pytest
from entente_server import MODEL, NO_END

RIVER = "The river flows through the"


@pytest.fixture(scope="module")
def client(server):
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60) as client:
        yield client


def complete(client, prompt=RIVER, **more):
    return client.completions.create(**({"model": MODEL, "prompt": prompt, "max_tokens": 8, "temperature": 0} | more))


def tokens_of(client, text):
    scored = complete(client, text, echo=True, logprobs=0, max_tokens=0).choices[0].logprobs
    return len(scored.tokens)


def test_a_text_goes_on(client, server):
    answer = complete(client)
    assert answer.id.startswith("cmpl-") or answer.id.startswith("cmpl_")
    assert answer.object == "text_completion" and answer.model == MODEL
    (choice,) = answer.choices
    assert choice.text and choice.finish_reason == "length" and choice.logprobs is None
    assert answer.usage.completion_tokens == 8 and answer.usage.prompt_tokens == tokens_of(client, RIVER)
    raw = client.completions.with_raw_response.create(model=MODEL, prompt=RIVER)
    attempt = server.attempt_of(raw.headers["x-request-id"])
    assert attempt["completion_tokens"] == raw.parse().usage.completion_tokens <= 16, "sixteen is the reference's default"


def test_a_stream_says_the_same(client):
    whole = complete(client, n=2, temperature=1, seed=4)
    texts, reasons = ["", ""], [None, None]
    *chunks, last = complete(client, n=2, temperature=1, seed=4, stream=True, stream_options={"include_usage": True})
    for chunk in chunks:
        (choice,) = chunk.choices
        texts[choice.index] += choice.text
        reasons[choice.index] = choice.finish_reason or reasons[choice.index]
    assert texts == [choice.text for choice in whole.choices]
    assert reasons == ["length", "length"] and last.choices == [] and last.usage.completion_tokens == 16


def test_prompts_come_in_every_form_and_are_numbered_one_by_one(client):
    alone = [complete(client, text).choices[0].text for text in (RIVER, "Once upon a")]
    both = complete(client, [RIVER, "Once upon a"], n=2)
    assert [choice.index for choice in both.choices] == [0, 1, 2, 3]
    assert [both.choices[0].text, both.choices[2].text] == alone
    assert both.usage.completion_tokens == 4 * 8
    tokens = client.post("/tokenize", body={"model": MODEL, "prompt": RIVER}, cast_to=object)["tokens"]
    assert complete(client, tokens).choices[0].text == complete(client, [tokens]).choices[0].text == alone[0]


def test_the_prompt_is_scored_and_its_first_token_is_not(client):
    answer = complete(client, echo=True, logprobs=1, max_tokens=1)
    (choice,) = answer.choices
    said = choice.logprobs
    assert choice.text.startswith(RIVER) and "".join(said.tokens) == choice.text
    assert len(said.tokens) == answer.usage.prompt_tokens + 1
    assert said.token_logprobs[0] is None and said.top_logprobs[0] is None
    assert all(math.isfinite(p) and p <= 0 for p in said.token_logprobs[1:])
    assert said.text_offset == [len("".join(said.tokens[:i])) for i in range(len(said.tokens))]
    for token, logprob, top in zip(said.tokens[1:], said.token_logprobs[1:], said.top_logprobs[1:]):
        assert top[token] == logprob and max(top.values()) >= logprob and 1 <= len(top) <= 2
    assert said.token_logprobs[-1] == max(said.top_logprobs[-1].values()), "the last one was chosen as the likeliest"


def test_what_a_token_scores_is_what_it_scores_when_it_is_said(client):
    said = complete(client, logprobs=0, max_tokens=6).choices[0]
    scored = complete(client, RIVER + said.text, echo=True, logprobs=0, max_tokens=0).choices[0].logprobs
    for one, other in zip(said.logprobs.token_logprobs, scored.token_logprobs[-6:]):
        assert math.isclose(one, other, abs_tol=0.05)


def test_a_long_prompt_is_scored_over_many_steps_and_twice_alike(client):
    text = "Water is wet. " * 120
    first, again = (complete(client, text, echo=True, logprobs=0, max_tokens=0).choices[0] for _ in range(2))
    assert first.text == text and len(first.logprobs.tokens) > 400
    assert first.logprobs.token_logprobs[-1] == pytest.approx(again.logprobs.token_logprobs[-1], rel=0.03)


def test_an_echo_streams_first(client):
    first, *_ = complete(client, echo=True, stream=True)
    assert first.choices[0].text == RIVER


def test_what_cannot_be_done_is_refused_by_name(client):
    for param, more in {
        "suffix": {"suffix": "end."},
        "max_tokens": {"max_tokens": 0},
        "best_of": {"best_of": 3},
        "prompt": {"prompt": [1_000_000]},
        "logprobs": {"logprobs": 50},
    }.items():
        with pytest.raises(openai.BadRequestError) as error:
            complete(client, **more)
        assert error.value.param == param, error.value
    with pytest.raises(openai.BadRequestError) as error:
        complete(client, "word " * 20_000)
    assert error.value.code == "context_length_exceeded"


def embed(client, input, **more):
    return client.embeddings.create(**({"model": MODEL, "input": input} | more))


def likeness(a, b):
    return sum(x * y for x, y in zip(a, b))


def test_texts_that_mean_the_same_are_close(client, server):
    raw = client.embeddings.with_raw_response.create(
        model=MODEL, input=["The cat sleeps on the sofa.", "A cat is sleeping on the couch.", "Interest rates rose by two percent."]
    )
    answer = raw.parse()
    cat, same, other = (item.embedding for item in answer.data)
    assert [item.index for item in answer.data] == [0, 1, 2] and answer.object == "list"
    assert all(math.isclose(likeness(v, v), 1, abs_tol=1e-4) for v in (cat, same, other))
    assert likeness(cat, same) > likeness(cat, other)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 20
    attempt = server.attempt_of(raw.headers["x-request-id"])
    assert attempt["kind"] == "answered" and attempt["prompt_tokens"] == answer.usage.prompt_tokens


def test_the_numbers_are_the_same_in_either_form_and_from_tokens(client, server):
    as_numbers = embed(client, "Hello there.", encoding_format="float").data[0].embedding
    decoded = embed(client, "Hello there.").data[0].embedding
    assert decoded == pytest.approx(as_numbers, abs=1e-6)
    raw = server.ask("POST", "/v1/embeddings", {"model": MODEL, "input": "Hello there.", "encoding_format": "base64"})
    numbers = base64.b64decode(raw.json["data"][0]["embedding"])
    assert list(struct.unpack(f"<{len(numbers) // 4}f", numbers)) == pytest.approx(as_numbers, abs=1e-6)
    tokens = client.post("/tokenize", body={"model": MODEL, "prompt": "Hello there."}, cast_to=object)["tokens"]
    (item,) = embed(client, [tokens]).data
    assert item.embedding == pytest.approx(as_numbers, abs=1e-3)


def test_vectors_are_cut_and_are_one_long_again(client):
    whole = embed(client, "Hello.").data[0].embedding
    cut = embed(client, "Hello.", dimensions=32).data[0].embedding
    assert len(cut) == 32 and math.isclose(likeness(cut, cut), 1, abs_tol=1e-4)
    assert cut[0] / cut[1] == pytest.approx(whole[0] / whole[1], rel=1e-2)
    with pytest.raises(openai.BadRequestError) as error:
        embed(client, "Hello.", dimensions=100_000)
    assert error.value.param == "dimensions"
    with pytest.raises(openai.BadRequestError) as error:
        embed(client, "")
    assert error.value.param == "input"


def test_a_long_list_is_embedded_beside_answers(client):
    texts = [f"Text number {i} about {word}." for i, word in enumerate(["rivers", "trains", "bread"] * 40)]
    stream = client.chat.completions.create(
        model=MODEL, max_tokens=20, stream=True, messages=[{"role": "user", "content": "Tell me a story."}]
    )
    answer = embed(client, texts)
    assert len(answer.data) == 120 and sum(1 for chunk in stream if chunk.choices) > 2
    assert embed(client, texts[7]).data[0].embedding == pytest.approx(answer.data[7].embedding, abs=2e-2)


def test_tokens_and_texts_become_each_other(client, server):
    for root in ("", "/v1"):
        body = {"model": MODEL, "prompt": RIVER}
        told = server.ask("POST", root + "/tokenize", body).json
        assert told["count"] == len(told["tokens"]) > 3 and told["max_model_len"] >= 1024
        assert server.ask("POST", root + "/detokenize", {"model": MODEL, "tokens": told["tokens"]}).json["prompt"] == RIVER
    chat = server.ask("POST", "/tokenize", {"model": MODEL, "messages": [{"role": "user", "content": RIVER}]}).json
    assert chat["count"] > told["count"]
    assert server.ask("POST", "/tokenize", {"prompt": RIVER}).json == server.ask("POST", "/tokenize", body).json, "the only model"
    info = server.get("/tokenizer_info").json
    assert info["eos_token"] and "message" in info["chat_template"]
    assert json.dumps(server.ask("POST", "/detokenize", {"model": MODEL, "tokens": [-1]}).json).count("tokens")


def test_an_answer_that_breaks_is_no_clean_end(start_server):
    """No other maker completes texts here, so it is the server itself that goes while it answers."""
    server = start_server('server.drain_time = "200ms"\n')
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60) as client:
        stream = complete(client, max_tokens=1500, stream=True, logit_bias=NO_END)
        seen = [next(stream)]
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(openai.APIConnectionError):
            seen.extend(stream)
    assert seen[0].choices[0].text and not any(choice.finish_reason for chunk in seen for choice in chunk.choices)
