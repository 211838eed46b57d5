"""Models of other makers through Entente: what reaches the client, who is asked next, what is recorded. The makers are
simulated (makers.py); their own libraries judge the simulation first (simulator_test.py)."""

import json
import signal
import socket
import sqlite3
import threading
import time

import openai
import pytest
from entente_server import Stream, eventually
from makers import TEXT, chat, client, deployment, frames, key_file, model, one, provider, settled, text_of, two
from mock import ANTHROPIC, COMPATIBLE, Call, Plan, Usage


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_answer_comes_through_with_its_usage_and_the_name_that_was_asked_for(mocks, start, stream):
    mock, server = one(mocks, start)
    mock.plan = Plan(usage=Usage(20, 9, 8, 3))
    response = server.chat(chat(stream=stream, **({"stream_options": {"include_usage": True}} if stream else {})))
    assert response.status == 200, response.text
    assert response.headers["entente-deployment"] == "d" and response.headers["entente-model"] == "m"
    if stream:
        events = frames(response)
        assert text_of(events) == TEXT and events[-1] is None
        usage, models = events[-2]["usage"], {e["model"] for e in events[:-1]}
    else:
        assert response.json["choices"][0]["message"]["content"] == TEXT
        usage, models = response.json["usage"], {response.json["model"]}
    assert models == {"assistant"}, "the client asked for a name, not for who answers"
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (20, 9)
    assert usage["prompt_tokens_details"]["cached_tokens"] == 8
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 3
    assert (settled(server, 1)[0]["prompt_tokens"], settled(server, 1)[0]["completion_tokens"]) == (20, 9)
    sent = mock.received[0]
    assert sent.headers["authorization"] == f"Bearer {mock.key}" and sent.json["model"] == "m"
    assert sent.headers["accept-encoding"] == "identity"


def test_the_whole_request_reaches_the_maker(mocks, start):
    mock = mocks()
    server = start("server.picture_addresses = true\n", provider("p", mock), deployment("d", "p"), model("assistant", "d"))
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    body = chat(
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {
                "url": "https://example.org/a.png", "detail": "low"}}]},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "42"},
        ],
        tools=[{"type": "function", "function": {"name": "f", "description": "d", "parameters": schema, "strict": True}}],
        tool_choice={"type": "function", "function": {"name": "f"}}, parallel_tool_calls=False,
        response_format={"type": "json_schema", "json_schema": {"name": "r", "schema": schema, "strict": True}},
        temperature=0.5, top_p=0.9, max_tokens=7, n=2, stop=["x"], seed=-3, presence_penalty=0.5, frequency_penalty=-0.5,
        logit_bias={"5": -100}, logprobs=True, top_logprobs=2, reasoning_effort="low", user="u",
    )  # fmt: skip
    response = server.chat(body)
    assert response.status == 200, response.text
    sent = mock.received[0].json
    expected = dict(body, model="m", stream=True, stream_options={"include_usage": True})
    expected["max_completion_tokens"] = expected.pop("max_tokens")
    assert sent == expected


def test_an_address_is_fetched_for_nobody_unless_the_operator_lets_it(mocks, start):
    mock, server = one(mocks, start)
    seen = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]
    refused = server.chat(chat(messages=[{"role": "user", "content": seen}]))
    assert refused.status == 403 and refused.json["error"]["code"] == "address_not_allowed", refused.text
    assert "server.picture_addresses" in refused.json["error"]["message"] and mock.received == []
    receipt = server.get(f"/v1/receipts/{refused.headers['x-request-id']}")
    assert receipt.status == 200 and "address" in receipt.json["attempts"][0]["intent"]["record"]["error"]
    seen[1]["image_url"]["url"] = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    assert server.chat(chat(messages=[{"role": "user", "content": seen}])).status == 200


def test_calls_of_tools_and_several_choices_come_through(mocks, start):
    mock, server = one(mocks, start)
    mock.plan = Plan(pieces=("a", "b"), calls=(Call("f", id="c1"), Call("g", ("{}",), id="c2")))
    tools = [{"type": "function", "function": {"name": n}} for n in "fg"]
    whole = client(server).chat.completions.create(**chat(tools=tools, n=2))
    assert len(whole.choices) == 2
    for choice in whole.choices:
        assert choice.message.content == "ab" and choice.finish_reason == "tool_calls"
        assert [(c.id, c.function.name, json.loads(c.function.arguments)) for c in choice.message.tool_calls] == [
            ("c1", "f", {"city": "Paris"}), ("c2", "g", {})]  # fmt: skip


def test_what_a_maker_cannot_do_is_refused_before_anything_is_sent(mocks, start):
    mock, server = one(mocks, start)
    response = server.chat(chat(top_k=40))
    assert response.status == 400 and response.json["error"]["param"] == "top_k", response.text
    assert not mock.received and not server.attempts()


def test_a_compatible_server_is_sent_what_openai_does_not_know(mocks, start):
    mock = mocks(maker=COMPATIBLE)
    server = start(provider("p", mock, kind="openai-compatible"), deployment("d", "p"), model("assistant", "d"))
    mock.plan = Plan(reasoning=("let ", "me"), pieces=("ok",))
    answer = server.chat(chat(top_k=40, min_p=0.1, repetition_penalty=1.1, max_tokens=5)).json
    assert answer["choices"][0]["message"] == {
        "role": "assistant", "content": "ok", "refusal": None, "reasoning_content": "let me"}  # fmt: skip
    sent = mock.received[0].json
    assert (sent["top_k"], sent["min_p"], sent["repetition_penalty"], sent["max_tokens"]) == (40, 0.1, 1.1, 5)


def test_a_server_is_sent_what_only_it_may_understand(mocks, start):
    mock = mocks(maker=COMPATIBLE)
    others = {"chat_template_kwargs": {"enable_thinking": False}, "min_tokens": 3, "x_trace": [1, 2.5, "a", None]}
    settings = [provider("p", mock, kind="openai-compatible"), deployment("d", "p"), model("assistant", "d")]
    policy = '[[policies]]\nname = "careful"\nwhen = { labels = ["health"] }\nprefer = { certifications = ["SecNumCloud"] }\n'
    server = start(*settings, policy)
    answer = client(server).chat.completions.with_raw_response.create(**chat(), extra_body=others)
    sent = mock.received[0].json
    assert {name: sent[name] for name in others} == others
    record = server.get(f"/v1/receipts/{answer.headers['x-request-id']}").json["attempts"][0]["intent"]["record"]
    assert record["passed"] == list(others)
    misspelled = server.chat(chat(temprature=0))
    assert misspelled.status == 400 and "'temperature'" in misspelled.json["error"]["message"], "it is not passed on"

    health = lambda **more: server.chat(chat(**more), headers={"entente-labels": "health"})  # noqa: E731
    refused = health(x_trace=1)
    assert refused.status == 403 and refused.json["error"]["code"] == "unknown_field_not_allowed", refused.text
    assert refused.json["error"]["param"] == "x_trace" and "'careful'" in refused.json["error"]["message"]
    assert health(min_tokens=3).status == 200, "what that does is known"
    assert len(mock.received) == 2


def test_what_one_maker_cannot_read_goes_to_the_next_that_can(mocks, start):
    other, compatible = mocks(maker=ANTHROPIC), mocks(maker=COMPATIBLE)
    server = start(
        provider("p1", other, kind="anthropic", endpoint=other.url), provider("p2", compatible, kind="openai-compatible"),
        deployment("d1", "p1"), deployment("d2", "p2"), model("assistant", "d1", "d2"))  # fmt: skip
    assert server.chat(chat(x_trace=1)).headers["entente-deployment"] == "d2" and other.received == []
    # And of Anthropic's dialect to Anthropic, once each: a second of a name would be another request.
    asked = {"model": "assistant", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}], "x_trace": {"a": [1]}}
    answer = server.ask("POST", "/v1/messages", asked)
    assert answer.status == 200 and answer.headers["entente-deployment"] == "d1", answer.text
    for sent in (other.received[-1], compatible.received[-1]):
        names = [name for name, _ in json.loads(sent.body, object_pairs_hook=list)]
        assert len(names) == len(set(names)) and "x_trace" in names
    assert other.received[-1].json["x_trace"] == {"a": [1]}
    for name in ("MODEL", "Stream", "MESSAGES"):
        assert server.chat(chat(**{name: "x"})).status == 400, "servers that fold letters would take it for another"


# Failing over.

FAULTS_BEFORE_CONTENT = {
    "500": (Plan(status=500), "upstream_failed"),
    "503": (Plan(status=503, error="overloaded"), "overloaded"),
    "429": (Plan(status=429, error="rate_limit", headers={"retry-after": "9"}), "rate_limited"),
    "401": (Plan(status=401, error="key"), "upstream_failed"),
    "404": (Plan(status=404, error="not_found"), "upstream_failed"),
    "too long": (Plan(status=400, error="context"), "context_too_long"),
    "dropped": (Plan(drop_before_headers=True), "upstream_failed"),
    "slow headers": (Plan(before_headers=30), "timeout"),
    "slow first token": (Plan(before_first=30), "timeout"),
    "cut": (Plan(cut_after=0), "upstream_failed"),
    "reset": (Plan(reset_after=0), "upstream_failed"),
    "early end": (Plan(end_after=0), "upstream_failed"),
    "half-closed": (Plan(half_close_after=0), "upstream_failed"),
    "stall": (Plan(stall_after=0), "timeout"),
    "bad JSON": (Plan(bad_json_after=0), "upstream_failed"),
    "error event first": (Plan(error_after=0), "upstream_failed"),
    "html": (Plan(body=b"<html>", content_type="text/html"), "upstream_failed"),
    "wrong type": (Plan(content_type="application/octet-stream"), "upstream_failed"),
    "gzip": (Plan(gzip=True), "upstream_failed"),
    "no HTTP": (Plan(raw=b"SSH-2.0-OpenSSH\r\n"), "upstream_failed"),
    "unknown coding": (Plan(headers={"transfer-encoding": "x"}), "upstream_failed"),
}


def test_whatever_goes_wrong_before_the_first_word_the_next_deployment_answers(mocks, start):
    first, second, server = two(mocks, start, headers_time="500ms", first_token_time="700ms", between_tokens_time="500ms")
    for stream in (False, True):
        for name, (plan, code) in FAULTS_BEFORE_CONTENT.items():
            # A deployment of its own for each, so that what one fault leaves behind does not meet the next.
            number = len(server.attempts())
            config = "\n".join([
                provider("p1", first, headers_time="500ms", first_token_time="700ms", between_tokens_time="500ms"),
                provider("p2", second), deployment(f"d1-{number}", "p1"), deployment("d2", "p2"),
                model("assistant", f"d1-{number}", "d2")])  # fmt: skip
            server.configure(config)
            reload(server)
            first.plans.clear()
            first.script(plan, plan)  # twice: a kept connection that is closed without a word is tried once more
            response = server.chat(chat(stream=stream))
            assert response.status == 200, (name, response.text)
            got = text_of(frames(response)) if stream else response.json["choices"][0]["message"]["content"]
            assert got == "second", name
            assert response.headers["entente-deployment"] == "d2"
            *failed, answered = settled(server, number + 2)[number:]
            assert {(a["kind"], a["error"]) for a in failed} == {("failed", code)}, name
            assert len(failed) == 1 or name == "dropped"
            assert answered["kind"] == "answered" and all(a["completion_tokens"] == 0 for a in failed), name


def reload(server):
    def times():
        return sum(line["message"] == "The configuration was read again." for line in server.log())

    before = times()
    server.process.send_signal(signal.SIGHUP)
    eventually("the configuration is read again", lambda: times() > before)


FAULTS_IN_THE_MIDDLE = {
    "cut": (Plan(cut_after=2), "upstream_failed", "connection_cut"),
    "reset": (Plan(reset_after=2), "upstream_failed", "connection_cut"),
    "early end": (Plan(end_after=2), "upstream_failed", "connection_cut"),
    "half-closed": (Plan(half_close_after=2), "upstream_failed", "connection_cut"),
    "stall": (Plan(stall_after=2), "timeout", "stalled"),
    "stall with pings": (Plan(between=0.2, pings=True, pieces=("Hello", ", ") + ("",) * 20), "timeout", "stalled"),
    "bad JSON": (Plan(bad_json_after=2), "upstream_failed", "bad_reply"),
    "error event": (Plan(error_after=2), "upstream_failed", "upstream_failed"),
}


@pytest.mark.parametrize("fault", FAULTS_IN_THE_MIDDLE)
def test_what_goes_wrong_in_the_middle_is_said_and_nobody_else_is_asked(mocks, start, fault):
    plan, code, reason = FAULTS_IN_THE_MIDDLE[fault]
    first, second, server = two(mocks, start, between_tokens_time="700ms")
    first.plan = plan
    response = server.chat(chat(stream=True))
    events = frames(response)
    assert response.status == 200 and text_of(events) == "Hello, "
    assert None not in events, "a broken stream has no [DONE]"
    assert events[-1]["error"]["code"] == reason, events[-1]
    whole = server.chat(chat())
    assert whole.status == (504 if code == "timeout" else 502) and whole.json["error"]["code"] == reason
    assert not second.received
    for attempt in settled(server, 2):
        assert (attempt["kind"], attempt["error"]) == ("failed", code)
        assert attempt["completion_tokens"] >= 2, "what was said before the fault is counted"


def test_a_failure_of_everybody_is_told_with_the_time_to_come_back(mocks, start):
    first, second, server = two(mocks, start)
    first.plan = Plan(status=429, error="rate_limit", headers={"retry-after": "30"})
    second.plan = Plan(status=429, error="rate_limit", headers={"retry-after-ms": "7000"})
    response = server.chat(chat())
    assert response.status == 429 and response.headers["retry-after"] == "7", response.text
    assert response.json["error"]["code"] == "upstream_rate_limited"
    assert len(first.received) == len(second.received) == 1
    # While they rest, nobody is asked again: no storm.
    for _ in range(5):
        response = server.chat(chat())
        assert response.status == 429 and 1 <= int(response.headers["retry-after"]) <= 7
    assert len(first.received) == len(second.received) == 1


def test_a_mistake_of_the_client_is_not_tried_elsewhere(mocks, start):
    first, second, server = two(mocks, start)
    first.plan = Plan(status=400, error="invalid")
    response = server.chat(chat())
    assert response.status == 400 and response.json["error"]["code"] == "invalid_value"
    assert "temperature" in response.json["error"]["message"]
    assert not second.received


def test_the_clients_own_library_reads_each_failure(mocks, start):
    mock, server = one(mocks, start, headers_time="500ms")
    for plan, error in (
        (Plan(status=400, error="context"), openai.BadRequestError),
        (Plan(status=500), openai.InternalServerError),
        (Plan(before_headers=9), openai.InternalServerError),
    ):
        mock.script(plan)
        with pytest.raises(error):
            client(server).chat.completions.create(**chat())


def test_keys_rotate_and_a_key_that_is_refused_rests(mocks, start, tmp_path):
    mock = mocks()
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(f"key-{name}")
    server = start(provider("p", mock, api_key=None, api_keys=[f"file:{tmp_path / n}" for n in "abc"]),
                   deployment("d", "p"), model("assistant", "d"))  # fmt: skip
    mock.choose = lambda r: (
        Plan(status=429, error="rate_limit", headers={"retry-after": "60"}) if "key-b" in r.headers["authorization"] else Plan())

    mock.takes_key = lambda key: key in ("key-b", "key-c")
    assert server.chat(chat()).status == 200
    used = [r.headers["authorization"][-5:] for r in mock.received]
    assert used == ["key-a", "key-b", "key-c"]
    assert server.chat(chat()).status == 200
    assert [r.headers["authorization"][-5:] for r in mock.received][3:] == ["key-c"]
    kinds = [a["kind"] for a in settled(server, 4)]
    assert kinds == ["failed", "failed", "answered", "answered"], "each try is an attempt of its own"
    mock.takes_key = lambda key: False
    response = server.chat(chat())
    assert response.status == 429 and int(response.headers["retry-after"]) > 30, "one key only rests until it may again"
    log = server.log_text()
    assert "key-a" not in log and "key-b" not in log and "does not take a key" in log


def test_when_every_key_is_refused_the_client_is_told_so_once(mocks, start):
    mock, server = one(mocks, start)
    mock.key = "changed"
    for _ in range(3):
        response = server.chat(chat())
        assert response.status == 502, response.text
        assert response.json["error"]["code"] == "upstream_credentials_exhausted"
    assert len(mock.received) == 1, "a refused key is not tried again at once"


def test_a_breaker_opens_and_a_probe_closes_it(mocks, start):
    first, second, server = two(mocks, start)
    first.plan = Plan(status=500)
    for _ in range(8):
        assert server.chat(chat()).headers["entente-deployment"] == "d2"
    assert len(first.received) == 5, "after five failures in a row it rests"
    first.plan = Plan()
    eventually("a probe finds it well", lambda: server.chat(chat()).headers["entente-deployment"] == "d1")
    assert len(first.received) == 6, "one probe was enough"
    assert server.chat(chat()).headers["entente-deployment"] == "d1"


def test_more_than_may_run_waits_for_its_turn_or_goes_elsewhere(mocks, start):
    first, second = mocks(2)
    first.plan = Plan(before_first=0.5)
    second.plan = Plan(pieces=("second",))
    server = start(provider("p1", first), provider("p2", second),
                   deployment("d1", "p1", most_running=1, queue_time="20s"), deployment("d2", "p2"),
                   deployment("d3", "p1", most_running=1), model("waits", "d1", "d2"), model("assistant", "d3", "d2"))  # fmt: skip
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(server.chat(chat(model="waits")))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.headers["entente-deployment"] for a in answers] == ["d1"] * 3
    first.plan = Plan(before_first=20)
    busy = threading.Thread(target=lambda: leave_after(server, chat(stream=True), until=lambda: answered))
    answered = []
    before = len(first.received)
    busy.start()
    eventually("the only place is taken", lambda: len(first.received) > before)
    assert server.chat(chat()).headers["entente-deployment"] == "d2"
    answered.append(True)
    busy.join()


def leave_after(server, body, until):
    """Asks, waits for `until`, and leaves without having read an answer."""
    connection = server.connection()
    connection.request("POST", "/v1/chat/completions", json.dumps(body),
                       {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"})  # fmt: skip
    eventually("it is time to leave", until)
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()


@pytest.mark.parametrize("plan", [Plan(before_headers=30), Plan(before_first=30), Plan(stall_after=2)],
                         ids=["before headers", "before the first word", "in the stream"])  # fmt: skip
def test_a_client_that_leaves_ends_the_makers_work_at_once(mocks, start, plan):
    mock, server = one(mocks, start)
    mock.plan = plan
    left = []

    def asked():
        if mock.received:
            time.sleep(0.1)  # the answer's beginning is on its way
            left.append(time.monotonic())
            return True

    leave_after(server, chat(stream=True), asked)
    received = mock.received[0]
    eventually("the maker sees the client leave", lambda: received.left_after is not None)
    # Milliseconds by themselves; a whole second leaves room for a busy machine.
    assert received.at + received.left_after - left[0] < 1
    attempt = settled(server, 1)[0]
    assert attempt["kind"] == "cancelled"
    if plan.stall_after:
        assert attempt["completion_tokens"] >= 2, "what was said is counted though nobody read it"


# Connections.


def test_connections_are_used_again_and_a_stale_one_costs_an_attempt_not_an_answer(mocks, start):
    mock, server = one(mocks, start)
    connection = server.connection()  # one connection of the client: one network thread of the server

    def ask():
        connection.request("POST", "/v1/chat/completions", json.dumps(chat()),
                           {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"})  # fmt: skip
        response = connection.getresponse()
        response.read()
        return response.status

    assert [ask() for _ in range(5)] == [200] * 5
    assert mock.connections == 1
    mock.script(Plan(close_after=True))
    assert ask() == 200
    eventually("it is closed", lambda: mock.open == 0)
    assert ask() == 200 and mock.connections == 2
    mock.script(Plan(drop_before_headers=True))  # read, and closed without a word: as if it had just been closed
    assert ask() == 200 and mock.connections == 3
    kinds = [a["kind"] for a in settled(server, 9)]
    assert kinds.count("failed") == 1 and kinds.count("answered") == 8


def test_every_framing_and_the_smallest_fragments_are_read(mocks, start):
    mock, server = one(mocks, start)
    for framing in ("chunked", "length", "close"):
        for fragment in (0, 1, 2, 3, 7, 31):
            mock.script(Plan(framing=framing, fragment=fragment, pings=True))
            response = server.chat(chat(stream=True))
            assert text_of(frames(response)) == TEXT and frames(response)[-1] is None, (framing, fragment)
    mock.script(Plan(framing="length", length_off_by=40))
    assert "error" not in json.dumps(frames(server.chat(chat(stream=True)))), "whole by its own word, whatever HTTP said"


def test_what_came_with_the_end_goes_out_with_it_in_one_packet(mocks, start):
    mock, server = one(mocks, start)
    deltas = [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in ("Hello", ", ", "wörld!")]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in (*deltas, end)) + "data: [DONE]\n\n"
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {len(body)}\r\n\r\n"
    mock.plan = Plan(raw=(head + body).encode())
    stream = Stream(server, chat(stream=True))
    first = stream.response.read1().decode()  # one chunk of HTTP
    assert first.count("data: ") > 3 and first.endswith("data: [DONE]\n\n")
    assert server.attempts()[0]["kind"] == "answered", "the outcome is recorded before"


def test_a_request_that_comes_back_is_a_508(mocks, start, tmp_path):
    server = start()
    (tmp_path / "own").write_text(server.key)
    server.stop()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server.configure(f'server.listen = ["127.0.0.1:{port}"]\n' + "\n".join([
        "[[providers]]", 'name = "me"', 'kind = "openai-compatible"', f'endpoint = "http://127.0.0.1:{port}/v1"',
        f'api_key = "file:{tmp_path / "own"}"', deployment("d", "me", model="assistant"), model("assistant", "d")]))  # fmt: skip
    server.start()
    response = server.chat(chat())
    assert response.status == 508, response.text
    assert response.json["error"]["code"] == "loop_detected"
    assert len(server.attempts()) == 1


def test_a_reload_that_changes_a_key_cuts_no_answer(mocks, start):
    mock, server = one(mocks, start)
    mock.plan = Plan(between=0.15, pieces=tuple("abcdefgh"))
    answers = []
    running = threading.Thread(target=lambda: answers.append(server.chat(chat(stream=True))))
    running.start()
    eventually("it is asked", lambda: mock.received)
    key_file(mock).write_text("new-key")
    mock.key = "new-key"
    reload(server)
    running.join()
    assert text_of(frames(answers[0])) == "abcdefgh"
    mock.plan = Plan()
    assert server.chat(chat()).status == 200
    assert mock.received[-1].headers["authorization"] == "Bearer new-key"


def test_prices_count_cached_tokens_once(mocks, start):
    mock = mocks()
    price = '[deployments.price]\ncurrency = "EUR"\ninput_per_million = 2.0\noutput_per_million = 8.0\ncached_input_per_million = 0.5'
    server = start(provider("p", mock), deployment("d", "p", price=price), model("assistant", "d"))
    mock.plan = Plan(usage=Usage(prompt=1000, completion=100, cached=600, reasoning=40))
    server.chat(chat())
    settled(server, 1)
    with sqlite3.connect(f"file:{server.state / 'entente.db'}?mode=ro", uri=True) as store:
        row = store.execute("SELECT * FROM outcomes").fetchone()
    # 400 × 2 + 600 × 0.5 + 100 × 8 = 1,900 millionths of a euro
    assert 1_900_000 in row, row


def test_a_secret_that_is_not_there_is_named_without_being_shown(home):
    home.configure("\n".join(["[[providers]]", 'name = "p"', 'kind = "openai"', 'api_key = "env:NOT_THERE"']))
    done = home.entente("serve", check=False)
    assert done.returncode == 1 and "NOT_THERE" in done.stderr and '"p"' in done.stderr, done.stderr
