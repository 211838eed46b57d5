"""Who is asked, when a request or a model says more than a list: preferences, hedging, sessions that stay, filters."""

import json
import time
from collections import Counter

import pytest
from entente_server import eventually
from makers import chat, client, deployment, model, provider, settled
from mock import Plan

PRICES = {"d1": 1.0, "d2": 2.0, "d3": 0.5}


def three(mocks, start, **more):
    """d1, d2 and d3 of p1, p2 and p3, in that order, with prices in dollars; only the third is known to keep nothing."""
    all_ = mocks(3)
    sections = []
    for n, mock in enumerate(all_, 1):
        mock.plan = Plan(pieces=(f"from d{n}",))
        price = f'[deployments.price]\ncurrency = "USD"\ninput_per_million = {PRICES[f"d{n}"]}\noutput_per_million = 4.0'
        facts = "\n[deployments.facts]\nretention_days = 0\ntraining_use = false" if n == 3 else ""
        sections += [provider(f"p{n}", mock), deployment(f"d{n}", f"p{n}", price=price + facts)]
    return all_, start(*sections, model("assistant", "d1", "d2", "d3", **more))


def answered_by(server, **provider) -> str:
    response = server.chat(chat(provider=provider))
    assert response.status == 200, response.text
    return response.headers["entente-deployment"]


def test_a_request_narrows_and_orders_who_may_answer(mocks, start):
    all_, server = three(mocks, start)
    assert answered_by(server) == "d1"
    assert answered_by(server, order=["p3", "d2"]) == "d3"
    assert answered_by(server, only=["p2"]) == "d2"
    assert answered_by(server, ignore=["d1", "P2"]) == "d3"
    assert answered_by(server, sort="price") == "d3"
    assert answered_by(server, max_price={"prompt": 0.75}) == "d3"
    assert answered_by(server, data_collection="deny") == "d3"
    assert answered_by(server, require_parameters=True) == "d1"
    refused = server.chat(chat(provider={"max_price": {"prompt": 0.1}}))
    assert refused.status == 400 and refused.json["error"]["code"] == "no_candidate_wanted", refused.text
    assert "d1 costs more for what it reads" in refused.json["error"]["message"]
    for nonsense in ({"sort": "throughput"}, {"only": "p1"}, {"quantizations": ["int4"]}, {"orders": ["p1"]}):
        refused = server.chat(chat(provider=nonsense))
        assert refused.status == 400 and refused.json["error"]["param"].startswith("provider."), refused.text
    # The others are asked when the first fails, unless the request says no.
    all_[0].plan = Plan(status=500)
    assert answered_by(server) == "d2"
    assert server.chat(chat(provider={"allow_fallbacks": False})).status == 502
    assert server.chat(chat(provider={"order": ["p1"], "allow_fallbacks": False})).status == 502


def test_who_is_slow_to_begin_gets_company_and_the_loser_is_stopped_and_counted(mocks, start):
    (first, second, _), server = three(mocks, start, hedge_after="300ms")
    first.plan = Plan(before_first=30)
    began = time.monotonic()
    response = server.chat(chat(stream=True))
    assert response.headers["entente-deployment"] == "d2" and "from d2" in response.text and response.text.endswith("[DONE]\n\n")
    assert 0.3 <= time.monotonic() - began < 20
    attempts = settled(server, 2)
    assert Counter(a["kind"] for a in attempts) == {"answered": 1, "cancelled": 1}
    assert len({a["request"] for a in attempts}) == 1
    eventually("the maker sees us leave", lambda: first.received[0].left_after is not None)

    first.plan = Plan()
    assert server.chat(chat()).headers["entente-deployment"] == "d1"
    assert len(second.received) == 1, "who is quick gets none"


def test_a_hedge_that_fails_leaves_the_first_to_answer(mocks, start):
    (first, second, third), server = three(mocks, start, hedge_after="200ms")
    first.plan = Plan(before_first=2, pieces=("slow",))
    second.plan = third.plan = Plan(status=500)
    response = server.chat(chat())
    assert response.status == 200 and "slow" in response.text
    first.plan = Plan(before_first=1, status=500)
    response = server.chat(chat())
    assert response.status == 502, "nobody answered"


def test_sessions_stay_where_they_were(mocks, start):
    _, server = three(mocks, start, strategy="weight", sticky=True)
    where = {}
    for _ in range(3):
        for session in range(12):
            response = server.chat(chat(prompt_cache_key=f"session {session}"))
            where.setdefault(session, set()).add(response.headers["entente-deployment"])
    assert all(len(deployments) == 1 for deployments in where.values()), where
    assert len(set().union(*where.values())) > 1, "and not all in one place"
    people = {server.chat(chat(user="somebody")).headers["entente-deployment"] for _ in range(5)}
    assert len(people) == 1
    assert len({server.chat(chat()).headers["entente-deployment"] for _ in range(20)}) > 1, "who says nothing is drawn anew"


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_filters_refusal_is_the_answer_or_goes_on_as_configured(mocks, start, goes_on):
    all_, server = three(mocks, start, content_filter_next=goes_on)
    all_[0].plan = Plan(status=400, error="filter")
    response = server.chat(chat())
    if goes_on:
        assert response.headers["entente-deployment"] == "d2"
    else:
        assert response.status == 400 and json.loads(response.text)["error"]["code"] in ("content_filter", "invalid_prompt"), response.text


def test_a_cascade_steps_up_when_the_small_answer_is_not_good_enough(mocks, start):
    (small, middle, large), server = three(mocks, start, strategy="cascade")

    def asked(**more):
        response = server.chat(chat(stream=True, **more))
        return response.headers["entente-deployment"], response

    assert asked()[0] == "d1" and not middle.received, "good enough: nobody else is asked"
    small.plan = Plan(pieces=("half an ans",), finish="length")
    name, response = asked()
    assert name == "d2" and "half an ans" not in response.text and "from d2" in response.text
    assert response.headers["entente-decision"].startswith("first=d2; failed=d1 (not_good_enough)"), response.headers
    middle.plan = Plan(pieces=())
    assert asked()[0] == "d3", "an empty one is none"
    # Each was an attempt that answered and is counted; when nobody does better, what there is is shown.
    large.plan = Plan(status=500)
    middle.plan = Plan(status=500)
    name, response = asked()
    assert name == "d1" and "half an ans" in response.text and response.text.endswith("[DONE]\n\n")
    kinds = Counter(a["kind"] for a in settled(server, 1 + 2 + 3 + 3))
    assert kinds == {"answered": 7, "failed": 2}, kinds
    # A number of tokens is good enough, whoever is small.
    middle.plan = Plan()
    before = len(middle.received)
    assert client(server).responses.input_tokens.count(model="assistant", input="Hi").input_tokens == 11
    assert len(middle.received) == before and small.received[-1].path == "/v1/responses/input_tokens"
