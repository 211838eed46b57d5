"""entente policy simulate: past decisions by a changed configuration."""

import json

import pytest
from makers import chat
from replay_test import receipt_of, with_health
from routing_test import three


@pytest.fixture
def health(mocks, start):
    return with_health(mocks, start)


def simulated(server, changed: str, tmp_path, *arguments) -> dict:
    file = tmp_path / "changed.toml"
    file.write_text(changed)
    return json.loads(server.entente("policy", "simulate", "--with", file, "--json", *arguments).stdout)


def test_what_would_change_is_told_and_nothing_else(health, tmp_path):
    labelled = {"entente-labels": "health"}
    for _ in range(3):
        health.chat(chat(), headers=labelled)
    plain = health.chat(chat())
    refused = health.chat(chat(model="cheap"), headers=labelled)
    assert (plain.status, refused.status) == (200, 403)
    own = health.config.read_text()
    assert simulated(health, own, tmp_path) == {"decisions": 5, "unreadable": 0, "without_person": 0, "changed": []}

    # Health may go to Sweden now, and the plain model is served from France only.
    changed = own.replace('"FR"] }', '"FR", "SE"] }').replace('ultimate_parent_country = ["US"] }', 'ultimate_parent_country = ["CN"] }')
    changed = changed.replace('deployments = ["sweden", "france"]', 'deployments = ["france"]')
    found = simulated(health, changed, tmp_path)
    assert found["decisions"] == 5 and len(found["changed"]) == 2
    by_request = {one["request"]: one for one in found["changed"]}
    assert by_request[plain.headers["x-request-id"]]["before"]["order"] == ["sweden", "france"]
    assert by_request[plain.headers["x-request-id"]]["after"]["order"] == ["france"]
    was = by_request[refused.headers["x-request-id"]]
    assert was["before"] == {"order": [], "why": "health: sweden processes prompts in SE; only FR is allowed"}
    assert was["after"]["order"] == ["sweden"]

    told = health.entente("policy", "simulate", "--with", tmp_path / "changed.toml").stdout
    assert "5 decisions; 2 of them would come out differently." in told
    assert "was  nobody (health: sweden processes prompts in SE; only FR is allowed)" in told and "now  sweden" in told


def test_a_policy_for_a_tenant_applies_to_decisions_from_before_there_was_one(health, tmp_path):
    health.chat(chat())
    own = health.config.read_text()
    for tenant, count in (("default", 1), ("another", 0)):
        rule = f'\n[[policies]]\nname = "france only"\nwhen = {{ tenants = ["{tenant}"] }}\nrequire = {{ processing_locations = ["FR"] }}\n'
        assert len(simulated(health, own + rule, tmp_path)["changed"]) == count
    person = '\n[[policies]]\nname = "one"\nwhen = { persons = ["somebody"] }\nrequire = { processing_locations = ["FR"] }\n'
    assert simulated(health, own + person, tmp_path)["without_person"] == 1


def test_failures_and_draws_of_then_are_no_changes(mocks, start, tmp_path):
    all_, server = three(mocks, start, strategy="weight")
    for _ in range(6):
        server.chat(chat())
    own = server.config.read_text()
    assert simulated(server, own, tmp_path)["changed"] == []
    cheapest = simulated(server, own.replace('strategy = "weight"', 'strategy = "price"'), tmp_path)
    assert all(one["after"]["order"][0] == "d3" for one in cheapest["changed"])
    gone = simulated(server, own.replace('name = "assistant"', 'name = "helper"'), tmp_path)
    assert {one["after"]["why"] for one in gone["changed"]} == {"the model is gone"} and len(gone["changed"]) == 6


def test_receipts_do_as_well_and_a_bad_file_is_one_sentence(health, tmp_path):
    file, _ = receipt_of(health, health.chat(chat()), tmp_path)
    own = health.config.read_text()
    changed = own.replace('deployments = ["sweden", "france"]', 'deployments = ["france"]')
    assert len(simulated(health, changed, tmp_path, file)["changed"]) == 1
    less = tmp_path / "less.json"
    less.write_text(health.entente("receipt", "disclose", file, "--only", "sweden").stdout)
    refused = health.entente("policy", "simulate", "--with", tmp_path / "changed.toml", less, check=False)
    assert refused.returncode == 1 and "discloses 1 of 2 candidates" in refused.stderr
    (tmp_path / "broken.toml").write_text("[[policies]]\nname = 3\n")
    refused = health.entente("policy", "simulate", "--with", tmp_path / "broken.toml", check=False)
    assert refused.returncode == 1 and "broken.toml" in refused.stderr
