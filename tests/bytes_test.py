"""What is said of the bytes that were sent back: the body in the outcome's record, signed heads in streams, and the file that a
model of this machine is from."""

import hashlib
import http.client
import json
import os
from pathlib import Path

import pytest
from entente_server import eventually, question
from log_test import receipt_of
from makers import chat, client, one
from mock import Plan


def received(server, body: dict, path="/v1/chat/completions", read=-1, **headers) -> tuple[str, bytes]:
    """The request's id and the body as it came, as curl saves it; `read`: only so many bytes, then the client leaves."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    connection.request("POST", path, json.dumps(body), {"authorization": f"Bearer {server.key}", "content-type": "application/json", **headers})
    response = connection.getresponse()
    assert response.status == 200
    data = response.read() if read < 0 else b"".join(response.read(1) for _ in range(read))
    connection.close()
    return response.headers["x-request-id"], data


def saved(folder, name: str, data) -> str:
    (folder / name).write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return folder / name


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_receipt_names_the_bytes_that_were_sent_back(mocks, start, tmp_path, stream):
    mock, server = one(mocks, start)
    mock.plan = Plan(pieces=("a", "b") * 4, between=0.15)
    for path, body in (("/v1/chat/completions", chat(stream=stream)), ("/v1/messages", chat(stream=stream, max_tokens=9)),
                       ("/v1/responses", {"model": "assistant", "input": "Hi", "stream": stream}),
                       ("/api/chat", chat(stream=stream))):  # fmt: skip
        request, data = received(server, body, path)
        receipt = saved(tmp_path, "receipt.json", receipt_of(server, request))
        body_file = saved(tmp_path, "body", data)
        assert "body       is the one in" in server.entente("verify", receipt, "--body", body_file).stdout, path
        for other in (data + b"x", data[:-1], data.replace(b"a", b"b", 1)):
            refused = server.entente("verify", receipt, "--body", saved(tmp_path, "other", other), check=False)
            assert refused.returncode == 1 and "is not the body that the receipt is of" in refused.stderr, path


def test_streams_carry_signed_heads_to_their_end(mocks, start, tmp_path):
    mock, server = one(mocks, start)
    mock.plan = Plan(pieces=("word ",) * 12, between=0.15)
    for path, body in (("/v1/chat/completions", chat(stream=True)), ("/v1/messages", chat(stream=True, max_tokens=99)),
                       ("/v1/responses", {"model": "assistant", "input": "Hi", "stream": True})):  # fmt: skip
        request, data = received(server, body, path)
        key = saved(tmp_path, "key", server.get("/log/public-key", key=None).text.encode())
        stream = saved(tmp_path, "stream", data)
        found = json.loads(server.entente("verify", "--stream", stream, "--key", key, "--json").stdout)
        assert found["request"] == request and found["state"] == "end" and found["signed_bytes"] == found["bytes"], (path, found)
        assert found["heads"] >= 2, f"{path}: some on the way and one at the end, {found}"
        assert "signed     whole" in server.entente("verify", "--stream", stream, "--key", key).stdout
        outcome = receipt_of(server, request)["attempts"][0]["outcome"]["record"]
        assert outcome["body"]["bytes"] == found["bytes"], "the record speaks of the same"
        edited = saved(tmp_path, "edited", data.replace(b"word", b"w0rd", 1))
        refused = server.entente("verify", "--stream", edited, "--key", key, check=False)
        assert refused.returncode == 1 and "are not those that head 1 was signed for" in refused.stderr
        longer = server.entente("verify", "--stream", saved(tmp_path, "longer", data + b"data: more\n\n"), "--key", key, check=False)
        assert longer.returncode == 1 and "NOT THE SERVER'S" in longer.stdout


def test_a_stream_that_was_cut_leaves_a_signed_beginning(mocks, start, tmp_path):
    mock, server = one(mocks, start)
    mock.plan = Plan(pieces=("word ",) * 40, between=0.05)
    request, data = received(server, chat(stream=True), read=4000)
    found = json.loads(server.entente("verify", "--stream", saved(tmp_path, "cut", data), "--json").stdout)
    assert found["request"] == request and found["state"] == "open" and 0 < found["signed_bytes"] < found["bytes"]


def test_an_answer_that_breaks_off_says_so_under_a_signature(mocks, start, tmp_path):
    mock, server = one(mocks, start)
    mock.plan = Plan(pieces=("word ",) * 20, cut_after=3)
    _, data = received(server, chat(stream=True))
    assert b"error" in data
    found = json.loads(server.entente("verify", "--stream", saved(tmp_path, "broken", data), "--json").stdout)
    assert found["state"] == "cut" and 0 < found["signed_bytes"] < found["bytes"], "what says that it broke off is not the answer"


def test_a_request_and_the_configuration_say_no_to_heads(mocks, start, tmp_path):
    mock, server = one(mocks, start)
    _, data = received(server, chat(stream=True), **{"entente-heads": "off"})
    assert b"entente-head" not in data and data.endswith(b"data: [DONE]\n\n")
    refused = server.entente("verify", "--stream", saved(tmp_path, "bare", data), check=False)
    assert refused.returncode == 1 and "no signed head" in refused.stderr
    _, data = received(server, chat(stream=True), **{"entente-heads": "on"})
    assert data.count(b"entente-head") >= 1, "a short one, too, when it is asked for"
    assert "signed     whole" in server.entente("verify", "--stream", saved(tmp_path, "short", data)).stdout
    server.configure("audit.stream_heads = false\n" + server.config.read_text())
    server.entente("config", "reload")
    asking = {"entente-heads": "on"}
    eventually("it is in force", lambda: b"entente-head" not in received(server, chat(stream=True), **asking)[1])


def test_the_sdk_sees_nothing_of_the_heads(mocks, start):
    mock, server = one(mocks, start)
    mock.plan = Plan(pieces=("word ",) * 8, between=0.15)
    chunks = list(client(server).chat.completions.create(**chat(stream=True)))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "word " * 8


def test_the_outcome_names_the_file_of_a_local_model(start_server, tmp_path):
    server = start_server()
    request = server.chat(question(max_tokens=2)).headers["x-request-id"]
    receipt = receipt_of(server, request)
    weights = receipt["attempts"][0]["outcome"]["record"]["weights"]
    assert hashlib.sha256(Path(os.environ["ENTENTE_TEST_MODEL"]).read_bytes()).hexdigest() == weights
    assert f"weights    sha256 {weights}" in server.entente("verify", saved(tmp_path, "r.json", receipt)).stdout
