"""Decisions run again from receipts of a real server, however the work went; and receipts that disclose less."""

import json

import pytest
from entente_server import eventually
from makers import chat, deployment, model, provider
from mock import Plan
from policy_test import HEALTH, facts
from routing_test import three


def receipt_of(server, response, folder):
    """The receipt in a file, once the log has its entries, and as a value."""

    def made():
        receipt = server.get(f"/v1/receipts/{response.headers['x-request-id']}").json
        whole = receipt["checkpoint"] and all(a["outcome"] or "error" in a["intent"]["record"] for a in receipt["attempts"])
        return receipt if whole else None

    receipt = eventually("it is in the log", made)
    file = folder / f"{response.headers['x-request-id']}.json"
    file.write_text(json.dumps(receipt))
    return file, receipt


def replayed(server, file, *arguments) -> str:
    done = server.entente("verify", file, "--replay", *arguments, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "decision   run again: the same verdicts in the same order" in done.stdout
    return done.stdout


@pytest.mark.parametrize("strategy", ["priority", "weight", "latency", "price", "context"])
def test_decisions_of_every_strategy_come_out_again(mocks, start, tmp_path, strategy):
    _, server = three(mocks, start, strategy=strategy)
    for body in (chat(), chat(max_tokens=50), chat(provider={"ignore": ["d1"]}), chat(provider={"order": ["p3"], "allow_fallbacks": False})):
        response = server.chat(body)
        assert response.status == 200, response.text
        file, receipt = receipt_of(server, response, tmp_path)
        replayed(server, file, "--log", server.state / "log")
        (attempt,) = receipt["attempts"]
        assert {one["candidate"]["deployment"] for one in attempt["candidates"]} == {"d1", "d2", "d3"}


def test_a_failover_comes_out_again(mocks, start, tmp_path):
    (first, second, _), server = three(mocks, start)
    first.plan = Plan(status=500)
    second.plan = Plan(status=500)
    file, receipt = receipt_of(server, server.chat(chat()), tmp_path)
    assert [a["intent"]["record"]["deployment"] for a in receipt["attempts"]] == ["d1", "d2", "d3"]
    tried = {one["candidate"]["deployment"]: one["candidate"].get("tried") for one in receipt["attempts"][-1]["candidates"]}
    assert tried == {"d1": "failed", "d2": "failed", "d3": None}
    assert "before     d1 was asked: failed (upstream_failed)" in replayed(server, file)


def test_a_hedge_comes_out_again(mocks, start, tmp_path):
    (first, _, _), server = three(mocks, start, hedge_after="200ms")
    first.plan = Plan(before_first=20)
    file, receipt = receipt_of(server, server.chat(chat(stream=True)), tmp_path)
    assert [a["intent"]["record"]["deployment"] for a in receipt["attempts"]] == ["d1", "d2"]
    replayed(server, file)


def with_health(mocks, start):
    """A server whose work on health goes to France only."""
    sweden, france = mocks(2)
    return start(
        provider("p1", sweden), provider("p2", france),
        deployment("sweden", "p1") + facts(processing_locations=["SE"], ultimate_parent_country="US"),
        deployment("france", "p2", context_tokens=4000) + facts(processing_locations=["FR"], ultimate_parent_country="FR"),
        model("assistant", "sweden", "france"), model("cheap", "sweden"), HEALTH)  # fmt: skip


@pytest.fixture
def health(mocks, start):
    return with_health(mocks, start)


def test_a_refusal_comes_out_again_and_is_named(health, tmp_path):
    response = health.chat(chat(model="cheap"), headers={"entente-labels": "health"})
    assert response.status == 403
    file, _ = receipt_of(health, response, tmp_path)
    assert "not to     sweden: processes prompts in SE; only FR is allowed (health)" in replayed(health, file)


def test_rules_that_change_while_receipts_are_kept_do_not_change_what_was_decided(health, tmp_path):
    labelled = {"entente-labels": "health"}
    file, _ = receipt_of(health, health.chat(chat(), headers=labelled), tmp_path)
    health.configure(health.config.read_text().replace('"FR"] }', '"DE"] }')
                     .replace("context_tokens = 4000", "context_tokens = 1"))  # fmt: skip
    health.entente("config", "reload")
    eventually("the new rules are in force", lambda: health.chat(chat(), headers=labelled).status == 403)
    replayed(health, file, "--log", health.state / "log")


def test_one_candidate_is_passed_on_without_the_others(health, tmp_path):
    file, _ = receipt_of(health, health.chat(chat(), headers={"entente-labels": "health"}), tmp_path)
    less = tmp_path / "less.json"
    less.write_text(health.entente("receipt", "disclose", file, "--only", "sweden", "--without-policies").stdout)
    text = less.read_text()
    assert '"operator_headquarters"' not in text and text.count('"deployment":"sweden"') == 1
    (attempt,) = json.loads(text)["attempts"]
    assert [one["candidate"]["deployment"] for one in attempt["candidates"]] == ["sweden"]
    assert {one["entry"]["kind"] for one in attempt["stated"]} == {"facts", "terms"}
    checked = health.entente("verify", less).stdout
    assert "not to     sweden: processes prompts in SE; only FR is allowed (health)" in checked
    assert "withheld   1 of 2 candidates" in checked
    refused = health.entente("verify", less, "--replay", check=False)
    assert refused.returncode == 1
    assert "The decision cannot be run again: the receipt discloses 1 of its 2 candidates." in refused.stderr
    unknown = health.entente("receipt", "disclose", file, "--only", "swedn", check=False)
    assert unknown.returncode == 1 and "it has france, sweden" in unknown.stderr
    # What is passed on cannot be embellished.
    forged = json.loads(text)
    forged["attempts"][0]["candidates"][0]["candidate"]["reason"] = "was busy"
    less.write_text(json.dumps(forged))
    refused = health.entente("verify", less, check=False)
    assert refused.returncode == 1 and "is not the one that the decision was made on" in refused.stderr
