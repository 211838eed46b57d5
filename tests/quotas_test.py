"""Quotas: who used too much is told when to come back, budgets are never overdrawn, and nothing of it is forgotten."""

import json
import signal
import sqlite3
import threading

import anthropic
import openai
import pytest
from entente_server import eventually
from makers import chat, client, deployment, model, provider, settled
from mock import Plan, Usage

# A prompt of chat() is read as some tokens at 10 EUR a million, and max_tokens=100 may cost 0.01 EUR.
PRICE = '[deployments.price]\ncurrency = "EUR"\ninput_per_million = 0.0\noutput_per_million = 100.0'


def quota(name: str, **more) -> str:
    return "\n".join(["[[quotas]]", f'name = "{name}"', *(f"{k} = {json.dumps(v)}" for k, v in more.items()), ""])


def one(mocks, start, *quotas: str, price=PRICE):
    mock = mocks()
    mock.plan = Plan(usage=Usage(prompt=10, completion=100))
    return mock, start(*quotas, provider("p", mock), deployment("d", "p", price=price), model("assistant", "d"))


def another_key(server, name: str) -> str:
    key = server.new_key(name)
    eventually("the server knows the key", lambda: server.get("/v1/models", key=key).status == 200)
    return key


def standing(server, path="/v1/quotas", **more) -> dict:
    (row,) = server.get(path, **more).json["data"]
    return row


def test_too_many_requests_are_told_when_to_come_back(mocks, start):
    mock, server = one(mocks, start, quota("students", requests_per_minute=2, tokens_per_minute=1000))
    answer = client(server).chat.completions.with_raw_response.create(**chat())
    assert answer.headers["x-ratelimit-limit-requests"] == "2" and answer.headers["x-ratelimit-remaining-requests"] == "1"
    assert answer.headers["x-ratelimit-reset-requests"].endswith("s")
    assert answer.headers["x-ratelimit-limit-tokens"] == "1000"
    assert server.chat(chat(stream=True)).status == 200
    with pytest.raises(openai.RateLimitError) as refused:
        client(server).chat.completions.create(**chat())
    assert "The quota 'students' allows each key 2 requests a minute: come back in" in refused.value.message
    assert refused.value.code == "rate_limit_exceeded"
    assert 0 < int(refused.value.response.headers["retry-after"]) <= 30
    assert int(refused.value.response.headers["retry-after-ms"]) <= 30_000
    assert refused.value.response.headers["x-ratelimit-remaining-requests"] == "0"
    assert len(mock.received) == 2, "what is refused is sent nowhere"
    assert server.chat(chat(), key=another_key(server, "other")).status == 200, "each key has a count of its own"
    assert server.get("/v1/models").status == 200, "what costs nothing is not counted"
    own = standing(server)
    assert own["quota"] == "students" and own["of"] == "test" and own["requests"]["left"] == 0, own
    assert own["tokens"]["left"] < 1000 and own["running"] == 0, own
    table = server.entente("quotas").stdout
    assert "key test" in table and "0 of 2 left" in table, table
    assert "entente_quota_refusals_total 1" in server.get("/metrics").text


def test_anthropics_clients_read_their_own_headers(mocks, start):
    _, server = one(mocks, start, quota("q", requests_per_minute=1))
    sdk = anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0)
    ask = dict(model="assistant", max_tokens=50, messages=[{"role": "user", "content": "Hi"}])
    answer = sdk.messages.with_raw_response.create(**ask)
    assert answer.headers["anthropic-ratelimit-requests-limit"] == "1"
    assert answer.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert answer.headers["anthropic-ratelimit-requests-reset"].endswith("Z")
    with pytest.raises(anthropic.RateLimitError) as refused:
        sdk.messages.create(**ask)
    assert refused.value.body["error"]["type"] == "rate_limit_error" and "retry-after" in refused.value.response.headers


def test_who_waits_as_told_is_served(mocks, start):
    """The SDK does so by itself."""
    mock, server = one(mocks, start, quota("q", requests_per_minute=60))
    sdk = openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=2)
    for _ in range(62):
        sdk.chat.completions.create(**chat())
    assert len(mock.received) == 62


def test_answers_at_a_time(mocks, start):
    mock, server = one(mocks, start, quota("q", each="tenant", at_once=1))
    mock.plan = Plan(before_first=30)
    threading.Thread(target=lambda: pytest.raises(Exception, server.chat, chat(stream=True)), daemon=True).start()
    eventually("it is asked", lambda: mock.received)
    refused = server.chat(chat(), key=another_key(server, "another"))
    assert refused.status == 429 and "allows each tenant 1 answer at a time" in refused.json["error"]["message"]
    assert standing(server)["running"] == 1
    server.stop(signal.SIGKILL)
    mock.plan = Plan()
    server.start()
    assert server.chat(chat()).status == 200


def test_a_budget_is_held_over_restarts_and_never_overdrawn(mocks, start):
    mock, server = one(mocks, start, quota("month", each="project", money_per_month=0.025, currency="EUR"))
    assert server.chat(chat(max_tokens=100)).status == 200  # 0.01 each
    assert server.chat(chat(max_tokens=100), key=another_key(server, "other")).status == 200
    with pytest.raises(openai.APIStatusError) as refused:
        client(server).chat.completions.create(**chat(max_tokens=100))
    assert refused.value.status_code == 402 and refused.value.code == "insufficient_quota"
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert "0.025 EUR a month: 0.02 are spent, 0.00 set aside" in refused.value.message, refused.value.message
    assert server.chat(chat(max_tokens=50)).status == 200, "a smaller answer fits"
    assert standing(server)["month"] == {"allowed": 0.025, "spent": 0.03}, "the maker counted 100 tokens all the same"
    for how in (signal.SIGTERM, signal.SIGKILL):
        server.stop(how)
        server.start()
        assert standing(server)["month"]["spent"] == 0.03
        assert server.chat(chat(max_tokens=10)).status == 402
    assert len(mock.received) == 3
    assert "0.03 of 0.03 EUR" in server.entente("quotas").stdout


def test_what_a_kill_left_open_counts_as_what_was_set_aside(mocks, start):
    mock, server = one(mocks, start, quota("day", money_per_day=0.015, currency="EUR"))
    mock.plan = Plan(before_first=30)
    threading.Thread(target=lambda: pytest.raises(Exception, server.chat, chat(max_tokens=100)), daemon=True).start()
    eventually("it is asked", lambda: mock.received)
    assert standing(server)["set_aside"] == 0.01
    server.stop(signal.SIGKILL)
    mock.plan = Plan()
    server.start()
    assert standing(server)["day"]["spent"] == 0.01
    assert server.chat(chat(max_tokens=100)).status == 402


def test_many_at_once_do_not_overdraw(mocks, start):
    mock, server = one(mocks, start, quota("day", each="all", money_per_day=0.1, currency="EUR"))
    statuses = []
    threads = [threading.Thread(target=lambda: statuses.append(server.chat(chat(max_tokens=100)).status)) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(200) <= 10 and statuses.count(200) + statuses.count(402) == 30, statuses
    while server.chat(chat(max_tokens=100)).status == 200:
        pass
    settled(server, 10)
    assert len(mock.received) == 10 and standing(server)["day"]["spent"] == 0.1


def test_who_is_too_dear_gives_way_to_who_costs_nothing(mocks, start):
    dear, free = mocks(2)
    free.plan = Plan(pieces=("free",))
    server = start(quota("none", money_per_day=0.0, currency="EUR"), provider("p1", dear), provider("p2", free),
                   deployment("d1", "p1", price=PRICE), deployment("d2", "p2"), model("assistant", "d1", "d2"))  # fmt: skip
    answer = server.chat(chat())
    assert answer.status == 200 and answer.headers["entente-deployment"] == "d2" and not dear.received


def test_a_budget_in_another_currency_is_refused_in_words(mocks, start):
    _, server = one(mocks, start, quota("q", money_per_day=5, currency="USD"))
    refused = server.chat(chat())
    assert refused.status == 402 and refused.json["error"]["code"] == "budget_in_another_currency"
    assert "counts USD, and this deployment is paid in EUR" in refused.json["error"]["message"]


def test_changed_quotas_count_on_without_a_restart(mocks, start):
    _, server = one(mocks, start, quota("q", money_per_day=1, currency="EUR"))
    assert server.chat(chat(max_tokens=100)).status == 200
    before = server.config.read_text()
    taken = lambda: sum(line["message"] == "The configuration was read again." for line in server.log())  # noqa: E731
    changes = quota("q", money_per_day=0.01, currency="EUR"), quota("new", each="tenant", money_per_month=0.015, currency="EUR")
    for number, changed in enumerate(changes, 1):
        server.config.write_text(before.replace(quota("q", money_per_day=1, currency="EUR"), changed))
        server.entente("config", "reload")
        eventually("it is taken", lambda: taken() == number)
        assert server.chat(chat(max_tokens=100)).status == 402
        assert (standing(server).get("day") or standing(server).get("month"))["spent"] == 0.01
    server.config.write_text(before.replace(quota("q", money_per_day=1, currency="EUR"), '[[quotas]]\nname = "q"\n'))
    wrong = server.entente("config", "check", check=False)
    assert wrong.returncode == 1 and 'the quota "q" bounds nothing' in wrong.stderr + wrong.stdout


def test_a_refused_budget_leaves_no_attempt_behind(mocks, start):
    _, server = one(mocks, start, quota("q", money_per_day=0, currency="EUR"))
    assert server.chat(chat()).status == 402
    with sqlite3.connect(f"file:{server.state / 'entente.db'}?mode=ro", uri=True) as store:
        assert store.execute("SELECT count(*) FROM attempts").fetchone() == (0,)
