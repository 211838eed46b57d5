"""Embeddings from the models of other makers, by OpenAI's library: the vectors that the maker gave, in order, of length 1."""

import openai
import pytest
from each_maker_test import MAKERS
from makers import client, deployment, model, provider, settled
from mock import ANTHROPIC, OPENAI, Plan
from mock.vectors import vector_of

TEXTS = ["The sea.", "A second text, naïve.", "x"]
ABLE = [maker for maker in MAKERS if maker.kind not in ("anthropic", "bedrock", "xai")]


def near(got: list[float], wanted: list[float]) -> bool:
    return len(got) == len(wanted) and all(abs(a - b) < 1e-6 for a, b in zip(got, wanted))


@pytest.fixture(params=ABLE, ids=lambda maker: maker.name)
def reached(request, mocks, start):
    maker = request.param
    mock = mocks(maker=maker.simulated)
    settings = {"endpoint": mock.url + maker.path, **maker.settings}
    return maker, mock, start(provider("p", mock, maker.kind, **settings), deployment("d", "p"), model("assistant", "d"))


@pytest.mark.parametrize("dimensions", [None, 3])
def test_vectors_come_through_in_order_and_are_counted(reached, dimensions):
    maker, mock, server = reached
    more = {"dimensions": dimensions} if dimensions else {}
    answer = client(server).embeddings.create(model="assistant", input=TEXTS, **more)
    assert [one.index for one in answer.data] == [0, 1, 2]
    for text, one in zip(TEXTS, answer.data):
        assert near(one.embedding, vector_of(text, dimensions or 8)), text
    assert answer.model == "assistant" and answer.usage.prompt_tokens > 0
    attempt = settled(server, 1)[0]
    assert (attempt["kind"], attempt["prompt_tokens"]) == ("answered", answer.usage.prompt_tokens)
    assert len(mock.received) == 1


def test_tokens_instead_of_text_go_to_who_takes_them(mocks, start):
    mock = mocks()
    server = start(provider("p", mock), deployment("d", "p"), model("assistant", "d"))
    answer = client(server).embeddings.create(model="assistant", input=[[1, 2, 3], [4]])
    assert near(answer.data[1].embedding, vector_of([4], 8))


def test_who_gives_no_vectors_is_not_asked(mocks, start):
    chats, vectors = mocks(maker=ANTHROPIC), mocks(maker=OPENAI)
    server = start(provider("a", chats, "anthropic", endpoint=chats.url), provider("o", vectors), deployment("d1", "a"),
                   deployment("d2", "o"), model("assistant", "d1", "d2"))  # fmt: skip
    assert client(server).embeddings.create(model="assistant", input="x").data[0].embedding
    assert not chats.received and len(vectors.received) == 1


def test_a_failure_is_told_and_an_answer_that_is_none_is_an_error(mocks, start):
    mock = mocks()
    server = start(provider("p", mock), deployment("d", "p"), model("assistant", "d"))
    mock.plan = Plan(status=429, error="rate_limit", headers={"retry-after": "7"})
    with pytest.raises(openai.RateLimitError) as refused:
        client(server).embeddings.create(model="assistant", input="x")
    assert refused.value.response.headers["retry-after"] == "7"
