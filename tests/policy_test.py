"""Policies on a running server: what is refused, in whose words, what can be asked for, and that nothing leads around."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import anthropic
import openai
import pytest
from entente_server import BINARY, ROOT, eventually
from makers import chat, client, deployment, model, provider, settled
from mock import Plan

HEALTH = """
[[policies]]
name = "health"
because = "patients' data stay in France"
when = { labels = ["health"] }
require = { processing_locations = ["FR"] }
forbid = { ultimate_parent_country = ["US"] }
"""


def facts(**stated) -> str:
    return "\n".join(["[deployments.facts]", *(f"{k} = {json.dumps(v)}" for k, v in stated.items()), ""])


@pytest.fixture
def abroad(mocks, start):
    """Two deployments of one model: one in Sweden, one in France; a policy for work about health."""
    sweden, france = mocks(2)
    server = start(
        provider("p1", sweden), provider("p2", france),
        deployment("sweden", "p1") + facts(processing_locations=["SE"], ultimate_parent_country="US"),
        deployment("france", "p2") + facts(processing_locations=["FR"], ultimate_parent_country="FR"),
        model("assistant", "sweden", "france"), model("cheap", "sweden"), HEALTH)  # fmt: skip
    return sweden, france, server


def test_work_goes_where_its_policies_allow_and_nowhere_else(abroad):
    sweden, france, server = abroad
    assert server.chat(chat()).headers["entente-deployment"] == "sweden"
    labelled = {"entente-labels": "minors, health"}
    assert server.chat(chat(), headers=labelled).headers["entente-deployment"] == "france"
    # The only allowed one fails: who was refused is not asked instead.
    asked = len(sweden.received)
    france.key = "another"
    response = server.chat(chat(), headers=labelled)
    assert response.status >= 400 and response.status != 403
    assert len(sweden.received) == asked


def test_a_refusal_names_the_rule_and_the_way_out_in_each_dialect(abroad, tmp_path):
    sweden, _, server = abroad
    labelled = {"entente-labels": "health"}
    said = (
        "The policy 'health' (patients' data stay in France) allows no deployment of the model 'cheap'. sweden processes prompts in SE; "
        "only FR is allowed. What would make it possible: a deployment that processes prompts in FR only and is ultimately "
        "owned from none of US."
    )
    for stream in (False, True):
        with pytest.raises(openai.PermissionDeniedError) as refused:
            client(server).chat.completions.create(**chat(model="cheap", stream=stream), extra_headers=labelled)
        assert refused.value.body["message"] == said and refused.value.body["code"] == "policy_refused"
    with pytest.raises(anthropic.PermissionDeniedError) as refused:
        anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0).messages.create(
            model="cheap", max_tokens=9, messages=[{"role": "user", "content": "Hi"}], extra_headers=labelled
        )
    assert refused.value.body["error"]["type"] == "permission_error" and refused.value.body["error"]["message"] == said
    # A prompt that is only counted leaves all the same.
    with pytest.raises(openai.PermissionDeniedError) as refused:
        client(server).responses.input_tokens.count(model="cheap", input="Hi", extra_headers=labelled)
    assert refused.value.body["message"] == said
    assert sweden.received == [] and server.attempts() == []

    # Whoever was refused has a receipt for it, and the log has it in the tenant's lane.
    response = server.chat(chat(model="cheap"), headers=labelled)
    path = f"/v1/receipts/{response.headers['x-request-id']}"
    receipt = eventually("it is in the log", lambda: (r := server.get(path).json)["checkpoint"] and r)
    (tmp_path / "receipt.json").write_text(json.dumps(receipt))
    checked = server.entente("verify", tmp_path / "receipt.json", "--log", server.state / "log")
    assert "refused, nothing was sent: The policy 'health'" in checked.stdout
    assert "not to     sweden: processes prompts in SE; only FR is allowed (health)" in checked.stdout
    assert json.loads(server.entente("verify", "--json").stdout)["complete"]


def test_a_client_can_ask_for_stricter_only(abroad):
    _, _, server = abroad
    assert server.chat(chat(), headers={"entente-policy": "health"}).headers["entente-deployment"] == "france"
    refused = server.chat(chat(), headers={"entente-policy": "only-here"})
    assert refused.status == 403 and "is reached through p1; only local is allowed" in refused.json["error"]["message"]
    unknown = server.chat(chat(), headers={"entente-policy": "heath"})
    assert unknown.status == 400 and "Did you mean 'health'?" in unknown.json["error"]["message"]


def test_a_key_carries_labels_that_no_request_takes_off(abroad):
    _, _, server = abroad
    made = server.entente("keys", "create", "ward", "--label", "health", "--json").stdout
    ward = json.loads(made)["secret"]
    eventually("its key is known", lambda: server.get("/v1/models", key=ward).status == 200)
    response = server.chat(chat(), key=ward, headers={"entente-labels": "harmless"})
    assert response.headers["entente-deployment"] == "france"


def test_policies_change_with_a_reload_and_a_bad_one_changes_nothing(abroad):
    _, _, server = abroad
    labelled = {"entente-labels": "health"}
    text = server.config.read_text()
    server.configure(text.replace('"FR"] }', '"FRANCE"] }', 1))
    assert server.entente("config", "check", check=False).returncode == 1
    server.configure(text.replace('require = { processing_locations = ["FR"] }', 'require = { processing_locations = ["SE"] }')
                         .replace('forbid = { ultimate_parent_country = ["US"] }', ""))  # fmt: skip
    server.entente("config", "reload")
    eventually("the new policy is in force",
               lambda: server.chat(chat(), headers=labelled).headers["entente-deployment"] == "sweden")  # fmt: skip


def test_a_rejection_is_recorded_with_its_rule_and_facts(abroad):
    _, _, server = abroad
    response = server.chat(chat(), headers={"entente-labels": "health"})
    settled(server, 1)
    receipt = server.get(f"/v1/receipts/{response.headers['x-request-id']}").json
    attempt = receipt["attempts"][0]
    decision = attempt["intent"]["record"]["decision"]
    assert decision["applied"] == ["health"] and decision["candidates"]["count"] == 2
    verdicts = {one["candidate"]["deployment"]: one["candidate"] for one in attempt["candidates"]}
    assert verdicts["france"]["verdict"] == "allowed" and verdicts["france"]["rule"] == "health"
    assert verdicts["sweden"]["verdict"] == "rejected"
    assert verdicts["sweden"]["reason"] == "processes prompts in SE; only FR is allowed"
    assert len(verdicts["sweden"]["facts"]) == 44 and len(decision["policies"]) == 44
    assert "sweden" not in json.dumps(attempt["intent"]), "the record names it by the root only"


def test_what_this_server_keeps_meets_the_policies_too(mocks, start):
    server = start(
        'responses.keep = "1h"',
        provider("p", mocks()), deployment("d", "p") + facts(retention_days=0), model("assistant", "d"),
        '[[policies]]\nname = "nothing-kept"\nwhen = { labels = ["health"] }\nrequire = { max_retention_days = 0 }\n',
    )  # fmt: skip
    ask = client(server).responses.create
    labelled = {"entente-labels": "health"}
    assert ask(model="assistant", input="Hi").store is True
    assert ask(model="assistant", input="Hi", extra_headers=labelled).store is False
    with pytest.raises(openai.PermissionDeniedError) as refused:
        ask(model="assistant", input="Hi", store=True, extra_headers=labelled)
    said = "The policy 'nothing-kept' does not let this server keep the answer: it keeps prompts for 1 days; 0 days are allowed."
    assert refused.value.body["message"].startswith(said) and refused.value.body["param"] == "store"


def test_work_that_waits_while_the_rules_change_is_decided_again(mocks, start):
    mock = mocks()
    server = start(
        provider("p", mock), deployment("d", "p", most_running=1, queue_time="20s") + facts(processing_locations=["SE"]),
        model("assistant", "d"), HEALTH.replace('["FR"]', '["SE"]').replace('forbid = { ultimate_parent_country = ["US"] }', ""),
    )  # fmt: skip
    labelled = {"entente-labels": "health"}
    mock.plan = Plan(pieces=("a",) * 30, between=0.1)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(server.chat, chat(), headers=labelled)
        eventually("the first is sent", lambda: len(mock.received) == 1)
        second = pool.submit(server.chat, chat(), headers=labelled)
        time.sleep(0.3)  # it waits for its place
        server.configure(server.config.read_text().replace('"SE"] }', '"FR"] }'))
        server.entente("config", "reload")
        assert first.result().status == 200, "what was sent is not taken back"
        refused = second.result()
    assert refused.status == 403 and "only FR is allowed" in refused.text
    assert len(mock.received) == 1


def test_the_table_of_cases_is_decided_as_it_says():
    """tests/policy: eighteen deployments, sixteen policies, one line a case."""
    folder = ROOT / "tests/policy"
    command = [BINARY, "policy", "test", folder / "cases.toml", "--config", folder / "server.toml"]
    tested = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert int(tested.stdout.split()[0]) >= 150


def test_a_receipt_has_the_facts_and_policies_of_that_day(abroad, tmp_path):
    _, _, server = abroad
    labelled = {"entente-labels": "health"}

    def receipt_of(response, name):
        settled(server, 1)
        path = f"/v1/receipts/{response.headers['x-request-id']}"
        receipt = eventually("it is in the log", lambda: (r := server.get(path).json)["checkpoint"] and r)
        (tmp_path / name).write_text(json.dumps(receipt))
        return receipt

    first = receipt_of(server.chat(chat(), headers=labelled), "first.json")
    stated = first["attempts"][0]["stated"]
    texts = {json.dumps(one["record"]) for one in stated if one["entry"]["kind"] == "facts"}
    assert any('"SE"' in text for text in texts) and any('"FR"' in text for text in texts)
    assert [one["record"]["policies"][0]["name"] for one in stated if one["entry"]["kind"] == "policies"] == ["health"]

    # The facts change: what was asked before keeps its own, what comes after has the new ones.
    text = server.config.read_text()
    server.configure(text.replace('ultimate_parent_country = "FR"', 'ultimate_parent_country = "DE"'))
    server.entente("config", "reload")
    time.sleep(5.1)  # beyond what is let pass because work was on its way
    eventually("they are in force", lambda: '"DE"' in json.dumps(receipt_of(server.chat(chat(), headers=labelled), "second.json")))
    log = server.state / "log"
    for name in ("first.json", "second.json"):
        checked = server.entente("verify", tmp_path / name, "--log", log)
        assert "facts      and policies are those that the log had then" in checked.stdout
        assert "not to     sweden: processes prompts in SE; only FR is allowed (health)" in checked.stdout

    # A receipt of today that goes by yesterday's facts, however well it is signed.
    old, new = (json.loads((tmp_path / name).read_text()) for name in ("first.json", "second.json"))
    new["attempts"][0]["stated"] = old["attempts"][0]["stated"]
    (tmp_path / "mixed.json").write_text(json.dumps(new))
    refused = server.entente("verify", tmp_path / "mixed.json", check=False)
    assert refused.returncode == 1 and "The decision went by facts of france that the receipt does not have." in refused.stderr


def test_the_commands_tell_what_would_be_decided(abroad, tmp_path):
    _, _, server = abroad
    checked = server.entente("policy", "check").stdout
    assert "health: patients' data stay in France" in checked and "- sweden processes prompts in SE; only FR is allowed" in checked
    told = server.entente("policy", "explain", "assistant", "--label", "health").stdout
    assert "1. france" in told and "-  sweden processes prompts in SE; only FR is allowed  [health]" in told
    assert "A client is told (403)" in server.entente("policy", "explain", "cheap", "--label", "health").stdout
    wrong = server.entente("policy", "explain", "assistent", check=False)
    assert wrong.returncode == 1 and "Did you mean 'assistant'?" in wrong.stderr
    cases = tmp_path / "cases.toml"
    cases.write_text('[[cases]]\nname = "a"\nmodel = "assistant"\nlabels = ["health"]\nallow = ["france"]\n'
                     '[[cases]]\nname = "b"\nmodel = "assistant"\nallow = ["france"]\n')  # fmt: skip
    tested = server.entente("policy", "test", cases, check=False)
    assert tested.returncode == 1
    assert "FAILED  b: expected france, but france, sweden may take it" in tested.stdout
    assert "1 of 2 cases" in tested.stdout
    assert "eu-transfer: GDPR chapter V" in server.entente("policy", "profiles").stdout
