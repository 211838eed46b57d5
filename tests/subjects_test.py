"""What is recorded of a person is erased for good, the log says so, and whoever checks it can tell that from what is withheld."""

import base64
import json
import shutil
import signal

import openai
import pytest
from day_heads_test import DAY, at
from entente_server import eventually
from makers import chat, deployment, model, provider
from mock import Plan


def receipt_of(server, request: str):
    fetch = lambda: (got := server.get(f"/v1/receipts/{request}")).json.get("checkpoint") and got  # noqa: E731
    return eventually("it is in the log", fetch).json


def ask(server, person: str | None = None, **more) -> str:
    """With the maker's SDK, as its users name a person. Gives the request's id."""
    sdk = openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0)
    named = {"user": person} if person else {}
    return sdk.chat.completions.with_raw_response.create(**chat(**named, **more)).headers["x-request-id"]


def one(mocks, start, *more: str):
    mock = mocks()
    return mock, start(*more, provider("p", mock), deployment("d", "p"), model("assistant", "d"))


def listed(server) -> dict:
    return {row["name"]: row for row in json.loads(server.entente("subjects", "list", "--json").stdout)}


def erase(server, person: str, *more: str, check=True):
    done = server.entente("subjects", "erase", person, "--ground", "asked for on 2026-11-20", "--json", *more, check=check)
    return json.loads(done.stdout)[0] if check else done


def on_disk(server, text: str) -> list[str]:
    return [str(file) for file in server.state.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]


def test_a_person_is_erased_and_nobody_else(mocks, start, tmp_path):
    _, server = one(mocks, start)
    amina, bineta, nobody = ask(server, "amina@example.org"), ask(server, "bineta@example.org"), ask(server)
    held = tmp_path / "amina.json"
    held.write_text(json.dumps(receipt_of(server, amina)))
    receipt_of(server, nobody)
    assert on_disk(server, "amina@example.org") == [], "a name lies sealed"
    assert listed(server)["amina@example.org"] == {"tenant": "default", "kind": "person", "name": "amina@example.org", "entries": 2, "held": None}  # fmt: skip
    assert listed(server)["test"]["kind"] == "key"

    erased = erase(server, "amina@example.org")
    assert erased["entries"] == 2
    gone = server.get(f"/v1/receipts/{amina}")
    assert gone.status == 404 and gone.json["error"]["code"] == "erased", gone.text
    assert f"entry {erased['index']} of the log" in gone.json["error"]["message"]
    assert "amina@example.org" not in listed(server)
    for kept in (bineta, nobody):
        assert receipt_of(server, kept)["attempts"][0]["outcome"]

    # What she holds still proves what it proved; and the erasure is proved in turn.
    key = server.state / "log/public-key"
    assert "signature  holds" in server.entente("verify", held, "--key", key).stdout
    fetch = lambda: (got := server.get(f"/v1/erasures/{erased['index']}")).status == 200 and got  # noqa: E731
    erasure = tmp_path / "erasure.json"
    erasure.write_bytes(eventually("it is in the log", fetch).body)
    told = server.entente("verify", erasure, "--key", key).stdout
    assert "signature  holds" in told and "somebody asked: asked for on 2026-11-20" in told and "2 of the log" in told, told
    whole = json.loads(erasure.read_text())
    record = whole["record"]
    for name, value in {"record": {**record, "ground": "other"}, "salt": base64.b64encode(b"0" * 32).decode(), "index": 0, "proof": []}.items():
        erasure.write_text(json.dumps({**whole, name: value}))
        assert server.entente("verify", erasure, "--key", key, check=False).returncode == 1, name
    assert server.get("/v1/erasures/0").status == 404 and server.get("/v1/erasures/x").status == 400
    assert "completeness  whole" in server.entente("verify", server.state / "log", "--key", key).stdout
    unknown = erase(server, "amina@example.org", check=False)
    assert unknown.returncode == 1 and "Nothing is recorded of the person" in unknown.stdout
    server.stop()
    server.start()
    assert server.get(f"/v1/receipts/{amina}").json["error"]["code"] == "erased"
    assert "amina" not in server.log_file.read_text()


def test_whoever_asks_while_an_answer_runs_waits_for_its_end(mocks, start):
    mock, server = one(mocks, start)
    mock.plan = Plan(pieces=("a ",) * 30, between=0.1)
    sdk = openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0)
    stream = sdk.chat.completions.create(**chat(user="amina", stream=True))
    next(iter(stream))
    assert erase(server, "amina")["entries"] == 2, "the intent, and the outcome that came meanwhile"


def test_a_wish_outlives_a_kill_and_needs_no_server(mocks, start):
    _, server = one(mocks, start)
    requests = [ask(server, "amina") for _ in range(3)]
    receipt_of(server, requests[-1])
    server.stop(signal.SIGKILL)
    assert erase(server, "amina")["entries"] == 6, "no server runs: it is done at once"
    server.start()
    assert server.get(f"/v1/receipts/{requests[0]}").json["error"]["code"] == "erased"
    verified = server.entente("verify", server.state / "log", "--key", server.state / "log/public-key").stdout
    assert "integrity     intact" in verified and "whole: 3 attempts" in verified, verified


def test_a_backup_of_the_store_does_not_bring_it_back(mocks, start):
    _, server = one(mocks, start)
    amina, bineta = ask(server, "amina"), ask(server, "bineta")
    receipt_of(server, bineta)
    server.entente("subjects", "offline-key", server.folder / "offline")
    assert server.entente("subjects", "offline-key", server.folder / "offline", check=False).returncode == 1, "not over another"
    server.entente("subjects", "backup", server.folder / "keys.backup", "--to", server.folder / "offline.pub")
    assert b"bineta" not in (server.folder / "keys.backup").read_bytes()
    server.stop()
    shutil.copytree(server.state, server.folder / "before")
    server.start()
    erase(server, "amina")
    refused = server.entente("subjects", "restore", server.folder / "keys.backup", "--with", server.folder / "offline", check=False)
    assert refused.returncode == 1 and "Stop it" in refused.stderr
    server.stop()

    # The store from before, with the keys of today.
    keys = server.folder / "keys"
    shutil.copytree(server.state / "subjects", keys)
    shutil.rmtree(server.state)
    shutil.copytree(server.folder / "before", server.state)
    shutil.rmtree(server.state / "subjects")
    shutil.copytree(keys, server.state / "subjects")
    server.start()
    assert server.get(f"/v1/receipts/{amina}").json["error"]["code"] == "subject_key_missing"
    assert server.get(f"/v1/receipts/{bineta}").status == 200
    server.stop()

    # All keys lost, and put back from the backup.
    shutil.rmtree(server.state / "subjects")
    wrong = server.entente("subjects", "restore", server.folder / "keys.backup", "--with", server.folder / "offline.pub", check=False)
    assert wrong.returncode == 1
    put_back = server.entente("subjects", "restore", server.folder / "keys.backup", "--with", server.folder / "offline").stdout
    assert "2 keys were put back" in put_back
    server.start()
    assert server.get(f"/v1/receipts/{bineta}").status == 200


def test_what_is_held_stays(mocks, start):
    _, server = one(mocks, start)
    request = ask(server, "amina")
    server.entente("subjects", "hold", "amina", "--ground", "the court of Dakar asked")
    assert listed(server)["amina"]["held"] == "the court of Dakar asked"
    refused = erase(server, "amina", check=False)
    assert refused.returncode == 1 and "the court of Dakar asked" in refused.stdout
    assert server.get(f"/v1/receipts/{request}").status == 200
    server.entente("subjects", "release", "amina")
    assert erase(server, "amina")["entries"] == 2
    assert server.entente("subjects", "release", "amina", check=False).returncode == 1


def test_a_keys_own_requests_are_erased_by_its_name(mocks, start):
    _, server = one(mocks, start)
    own, amina = ask(server), ask(server, "amina")
    assert erase(server, "test", "--key")["entries"] == 2
    assert server.get(f"/v1/receipts/{own}").json["error"]["code"] == "erased"
    assert server.get(f"/v1/receipts/{amina}").status == 200
    assert [row["kind"] for row in server.attempts()] == ["answered", "answered"], "what adds up stays"


def export_of(mocks, start, shifted_clock, tmp_path):
    """Two days; of the first somebody was erased. The export is of the first."""
    _, server = one(mocks, start)
    amina, bineta = ask(server, "amina"), ask(server, "bineta")
    receipt_of(server, bineta)
    erase(server, "amina")
    today = server.entente("audit", "export", tmp_path / "today", "--to", "2999-01-01", check=False)
    assert today.returncode == 1 and "has not ended" in today.stderr
    at(server, shifted_clock, DAY)
    ask(server, "coumba")
    eventually("the day has its head", lambda: server.entente("audit", "export", tmp_path / "export", check=False).returncode == 0
               and list((tmp_path / "export/heads").glob("*")) or shutil.rmtree(tmp_path / "export", ignore_errors=True))  # fmt: skip
    server.stop()
    (tmp_path / "key").write_bytes((server.state / "log/public-key").read_bytes())
    assert not (tmp_path / "export/log/key").exists(), "the key that signs stays"
    return server, tmp_path / "export", tmp_path / "key", (amina, bineta)


@pytest.fixture
def exported(mocks, start, shifted_clock, tmp_path):
    return export_of(mocks, start, shifted_clock, tmp_path)


def checked(server, export, key):
    done = server.entente("verify", export, "--key", key, "--json", check=False)
    return done.returncode, json.loads(done.stdout)


def test_an_export_is_checked_on_another_machine(exported):
    server, export, key, (amina, bineta) = exported
    status, said = checked(server, export, key)
    assert status == 0 and said["records"] == {"intact": 2, "erased": 2, "missing": 0}, said
    assert said["heads"] == 1 and said["receipts"] == 1 and said["intact"] and said["complete"] and not said["key_from_export"]
    told = server.entente("verify", export, "--key", key).stdout
    assert "records    2 intact, 2 erased lawfully, 0 MISSING" in told and "somebody asked: asked for on 2026-11-20" in told, told
    assert [(act["act"], act["says"]) for act in said["acts"]] == [("key_created", "test")]
    assert "made the key" in told
    assert [file.stem for file in (export / "receipts").iterdir()] == [bineta]
    twice = server.entente("audit", "export", export, check=False)
    assert twice.returncode == 1 and "is there already" in twice.stderr


def test_what_is_withheld_or_forged_in_an_export_is_found(exported):
    server, export, key, (amina, bineta) = exported
    receipt, (head,), (erasure,) = export / f"receipts/{bineta}.json", (export / "heads").iterdir(), (export / "erasures").iterdir()

    def after(change, file):
        kept = file.read_bytes()
        change(file)
        status, said = checked(server, export, key)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(kept)
        assert status == 1, file
        return said

    said = after(lambda file: file.unlink(), receipt)
    assert said["records"] == {"intact": 0, "erased": 2, "missing": 2} and bineta not in said["missing"][0], said
    said = after(lambda file: file.unlink(), erasure)
    assert said["records"] == {"intact": 2, "erased": 0, "missing": 2}, said
    assert "The head of" in after(lambda file: file.unlink(), head)["wrong"][0], "lanes may be withheld with it"
    wider = lambda file: file.write_text(file.read_text().replace('"ground":"asked', '"ground":"was asked'))  # noqa: E731
    assert "erasures/" in after(wider, erasure)["wrong"][0]
    (act,) = (export / "acts").iterdir()
    assert "acts/" in after(lambda file: file.write_text(file.read_text().replace('"test"', '"tess"')), act)["wrong"][0]
    assert "receipts/" in after(lambda file: file.write_text(file.read_text().replace('"chat"', '"chit"')), receipt)["wrong"][0]
    assert "heads/" in after(lambda file: file.write_text(file.read_text().replace('"numbers":', '"numbers":1')), head)["wrong"][0]
    tile = max((file for file in export.glob("log/tile/entries/000.p/*")), key=lambda file: int(file.name))
    edited = tile.read_bytes()[:-3] + b'1"}'
    assert not after(lambda file: file.write_bytes(edited), tile)["intact"]
    assert checked(server, export, key)[0] == 0, "everything is as it was"


def test_records_go_when_their_time_is_over(mocks, start, shifted_clock):
    _, server = one(mocks, start, 'audit.keep = "1d"\n')
    old, held = ask(server, "amina"), ask(server, "bineta")
    receipt_of(server, held)
    server.entente("subjects", "hold", "bineta", "--ground", "a court asked")
    at(server, shifted_clock, DAY * 3)
    eventually("it is gone", lambda: server.get(f"/v1/receipts/{old}").status == 404)
    gone = server.get(f"/v1/receipts/{old}").json["error"]
    assert gone["code"] == "erased"
    index = int(gone["message"].split("entry ")[1].split()[0])
    erasure = eventually("it is in the log", lambda: (got := server.get(f"/v1/erasures/{index}")).status == 200 and got.json)
    assert erasure["record"]["cause"] == "retention" and erasure["record"]["ground"] == "kept for 1 day"
    assert server.get(f"/v1/receipts/{held}").status == 200
    assert "amina" not in listed(server) and len(server.attempts()) == 2
    young = ask(server, "amina")
    receipt_of(server, young)


def test_keys_can_be_revoked_where_subjects_keys_are_damaged(mocks, start):
    _, server = one(mocks, start)
    receipt_of(server, ask(server, "amina"))
    thief = server.new_key("thief")
    (key,) = (server.state / "subjects").glob("*.key")
    key.write_bytes(bytes(len(key.read_bytes())))
    assert server.entente("subjects", "list", check=False).returncode == 1
    assert "thief" in server.entente("keys", "list").stdout
    server.entente("keys", "revoke", "thief")
    eventually("it is good for nothing", lambda: server.get("/v1/models", key=thief).status == 401)
    assert "test" in server.entente("usage").stdout
    assert server.entente("audit", "register").stdout.count("\n") >= 2
