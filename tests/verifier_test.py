"""A program of one's own, with one header and nothing else of Entente, checks what a real server hands out."""

import base64
import hashlib
import json
import subprocess

import pytest
from day_heads_test import receipt_of
from entente_server import BINARY, PATIENCE
from makers import chat, deployment, model, provider
from subjects_test import export_of

PROGRAM = BINARY.parent / "verify_receipt"


def judged(*arguments, code=0) -> str:
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def hash_of(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def test_a_receipt_says_what_was_asked_and_answered(mocks, start, tmp_path):
    server = start(provider("p", mocks()), deployment("d", "p"), deployment("e", "p"), model("assistant", "d", "e"))
    key = server.get("/log/public-key", key=None).text.strip()
    asked = json.dumps(chat()).encode()
    answer = server.chat(asked)
    file = receipt_of(server, answer, tmp_path / "receipt.json")
    told = judged(file, key)
    assert told.startswith("receipt holds, under the signed checkpoint of ") and "outcome  answered" in told
    assert "sent to d (provider p, " in told and f"asked    {hash_of(asked)}" in told
    assert f"answer   {hash_of(answer.json['choices'][0]['message']['content'].encode())}" in told

    whole = json.loads(file.read_bytes())
    less = tmp_path / "less.json"
    less.write_text(server.entente("receipt", "disclose", file, "--only", "e").stdout)
    assert judged(less, key) == told
    less.write_text(json.dumps({**whole, "checkpoint": ""}, indent=2))
    assert judged(less, key).startswith(f"receipt holds, promised for {whole['promise'].rsplit('by ', 1)[1].split()[0]}")

    whole["attempts"][0]["intent"]["record"]["deployment"] = "e"
    less.write_text(json.dumps(whole))
    assert judged(less, key, code=1).startswith("DOES NOT HOLD: The record is not the one that the log's entry ")
    other = start(provider("p", mocks()), deployment("d", "p"), model("assistant", "d"))
    assert "not signed by the key" in judged(file, other.get("/log/public-key", key=None).text, code=1)


@pytest.mark.parametrize("kind", ["head", "erasure", "act"])
def test_heads_erasures_and_acts_of_a_server_hold(mocks, start, shifted_clock, tmp_path, kind):
    _, export, key, _ = export_of(mocks, start, shifted_clock, tmp_path)
    for file in (files := list((export / (kind + "s")).iterdir())):
        told = judged("--held", file, key.read_text())
        assert told.startswith(f"{kind} holds, under the signed checkpoint of "), told
        held = json.loads(file.read_bytes())
        assert json.loads(told.splitlines()[1]) == held["record"]
        file.write_text(json.dumps({**held, "record": {**held["record"], "tenant": "another"}}))
        assert "is not the one that the log's entry" in judged("--held", file, key.read_text(), code=1)
    assert files
