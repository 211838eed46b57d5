"""What an operator sees of the deployments: their health, in the terminal and in /metrics, and a test of each key."""

import json

from entente_server import eventually
from makers import chat, deployment, key_file, model, provider, two
from mock import Plan


def now(server, name: str) -> dict:
    return next(d for d in server.get("/deployments").json["deployments"] if d["deployment"] == name)


def test_health_follows_what_happened_to_the_attempts(mocks, start):
    first, second, server = two(mocks, start)
    assert now(server, "d1") == {
        "deployment": "d1", "provider": "p1", "model": "m", "place": "place not stated", "most_running": 0, "usable": True,
        "breaker": "closed", "failures": 0, "rests_ms": 0, "running": 0, "waiting": 0,
        "keys": [{"refused": False, "rests_ms": 0}]}  # fmt: skip
    first.plan = Plan(status=500)
    for _ in range(5):
        assert server.chat(chat()).status == 200  # the second answers
    seen = now(server, "d1")
    assert (seen["breaker"], seen["usable"], seen["failures"]) == ("open", False, 5) and 0 < seen["rests_ms"] <= 5000
    assert now(server, "d2")["breaker"] == "closed" and now(server, "d2")["first_token_ms"] > 0
    assert server.metric("entente_deployment_usable", deployment="d1") == 0
    assert server.metric("entente_deployment_breaker_closed", deployment="d2") == 1
    listed = server.entente("deployments").stdout
    assert "failed 5 times, rests" in listed and "in order" in listed, listed

    # A test goes there whatever the breaker says, is an attempt like any other, and closes the breaker when it succeeds.
    first.plan = Plan()
    assert "d1, key 1: answers" in server.entente("deployments", "test", "d1").stdout
    assert now(server, "d1")["breaker"] == "closed"
    sent = json.loads(first.received[-1].body)
    assert sent["max_completion_tokens"] == 1 and sent["messages"] == [{"role": "user", "content": "Hi"}]
    assert server.attempts()[-1]["kind"] == "answered"


def test_each_key_is_tried_and_what_is_wrong_is_said(mocks, start, tmp_path):
    mock = mocks()
    (tmp_path / "bad").write_text("no-such-key")
    keys = {"api_key": None, "api_keys": [f"file:{key_file(mock)}", f"file:{tmp_path / 'bad'}"]}
    server = start(provider("p", mock, **keys), deployment("d", "p"), model("assistant", "d"))
    done = server.entente("deployments", "test", "d", check=False)
    assert done.returncode == 1 and "d, key 1: answers" in done.stdout, done.stdout
    said = next(line for line in done.stdout.splitlines() if line.startswith("d, key 2: "))
    assert "key" in said.split(": ", 1)[1] and "no-such-key" not in done.stdout
    keys = now(server, "d")["keys"]
    assert not keys[0]["refused"] and keys[1]["refused"] and keys[1]["rests_ms"] > 200_000
    assert server.metric("entente_deployment_keys", deployment="d", state="refused") == 1
    # Mended, the key is used again at once.
    mock.key = "no-such-key"
    server.entente("deployments", "test", "d", check=False)
    assert now(server, "d")["keys"][1] == {"refused": False, "rests_ms": 0}

    unknown = server.entente("deployments", "test", "x", check=False)
    assert unknown.returncode == 1 and "No deployment is named 'x'" in unknown.stderr
    assert server.entente("--json", "deployments", "test", "d", check=False).stdout.startswith('{"deployment":"d","tests":[')


def test_a_provider_that_cannot_be_reached_is_named(mocks, start):
    mock = mocks()
    server = start(provider("p", mock, endpoint="http://127.0.0.1:1/v1"), deployment("d", "p"), model("assistant", "d"))
    done = server.entente("deployments", "test", "d", check=False)
    assert done.returncode == 1 and "127.0.0.1 cannot be reached" in done.stdout, done.stdout
    assert eventually("it is counted", lambda: now(server, "d")["failures"] == 1)


def test_a_route_is_explained_by_the_server_and_without_it(mocks, start):
    first, second, server = two(mocks, start)
    first.plan = Plan(status=500)
    response = server.chat(chat())
    assert response.headers["entente-decision"] == "first=d2; failed=d1 (upstream_failed)", response.headers
    told = json.loads(server.entente("--json", "route", "explain", "assistant", "--tools").stdout)
    assert [(c["deployment"], c["allowed"], c["usable"]) for c in told["candidates"]] == [("d1", True, True), ("d2", True, True)]
    assert told["strategy"] == "priority" and told["candidates"][1]["first_token_ms"] > 0
    said = server.entente("route", "explain", "assistant").stdout
    assert "1. d1: p1, place not stated" in said and "2. d2: p2" in said, said
    assert "does not exist here" in server.entente("route", "explain", "nobody", check=False).stderr
    server.stop()
    said = server.entente("route", "explain", "assistant").stdout
    assert "1. d1\n2. d2\nFrom the configuration" in said, said
