"""The transparency log of a running server: what it did is in it, within a second, and whoever edits it is found."""

import base64
import hashlib
import json
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cbor2
import cwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from entente_server import ENDLESS, Stream, eventually, question


STATED = 5  # entries of a log before anything was asked: the key, the policies, the rules of labels, and the facts and terms of the only deployment


def log_of(server) -> Path:
    return server.state / "log"


def size(server) -> int:
    return int(server.get("/log/checkpoint").text.splitlines()[1])


def entries_in(bundle: bytes) -> list[bytes]:
    entries = []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return entries


def root_of(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << ((len(hashes) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + root_of(hashes[:k]) + root_of(hashes[k:])).digest()


def key_of(vkey: str) -> tuple[str, str, bytes]:
    """Name, hash, and the key with the byte for its kind."""
    name, hash_, key = vkey.strip().split("+", 2)
    public = base64.b64decode(key)
    assert hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex() == hash_
    return name, hash_, public


def signed_text(note: str, vkey: str) -> str:
    """The text of a note, the first signature under it checked with another library than ours."""
    name, hash_, public = key_of(vkey)
    text, signatures = note.split("\n\n")
    dash, who, line = signatures.splitlines()[0].split()
    assert (dash, who) == ("\u2014", name)
    raw = base64.b64decode(line)
    assert raw[:4].hex() == hash_
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], (text + "\n").encode())
    return text + "\n"


def mldsa_cosigned_at(line: str, text: str, vkey: str) -> int:
    """The time in a cosignature of ML-DSA-44 (C2SP tlog-cosignature), checked with another library than ours."""
    name, hash_, public = key_of(vkey)
    assert public[0] == 6 and len(public) == 1 + 1312
    dash, who, word = line.split()
    raw = base64.b64decode(word)
    assert (dash, who, raw[:4].hex(), len(raw)) == ("\u2014", name, hash_, 4 + 8 + 2420)
    origin, entries, root = text.splitlines()
    message = b"subtree/v1\n\0" + bytes([len(name)]) + name.encode() + raw[4:12] + bytes([len(origin)]) + origin.encode()
    message += (0).to_bytes(8, "big") + int(entries).to_bytes(8, "big") + base64.b64decode(root)
    MLDSA44PublicKey.from_public_bytes(public[1:]).verify(raw[12:], message)
    return int.from_bytes(raw[4:12], "big")


def verified(server, *arguments, code=0) -> dict:
    done = server.entente("verify", "--json", *arguments, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_what_was_done_is_in_the_log_and_provable_with_other_tools(start_server):
    server = start_server('audit.tiles = "open"\naudit.origin = "example.org/log"\n')
    with ThreadPoolExecutor(4) as pool:
        ids = {a.headers["x-request-id"] for a in pool.map(lambda _: server.chat(question(max_tokens=2)), range(6))}
    eventually("all is published", lambda: size(server) == STATED + 12)

    vkey = server.get("/log/public-key", key=None).text
    origin, entries, root = signed_text(server.get("/log/checkpoint", key=None).text, vkey).splitlines()
    assert (origin, entries) == ("example.org/log", str(STATED + 12))
    bundle = entries_in(server.get(f"/log/tile/entries/000.p/{STATED + 12}", key=None).body)
    hashes = [hashlib.sha256(b"\x00" + entry).digest() for entry in bundle]
    assert b"".join(hashes) == server.get(f"/log/tile/0/000.p/{STATED + 12}", key=None).body
    assert base64.b64encode(root_of(hashes)).decode() == root

    read = [json.loads(entry) for entry in bundle]
    assert [e["kind"] for e in read[:STATED]] == ["act", "policies", "labels", "facts", "terms"]
    assert [json.dumps(e, separators=(",", ":"), sort_keys=True).encode() for e in read] == bundle
    asked = read[STATED:]
    assert {e["attempt"] for e in asked if e["kind"] == "intent"} == {a["id"] for a in server.attempts()}
    assert {a["request"] for a in server.attempts()} == ids
    assert sorted((e["number"], e["kind"]) for e in asked) == sorted(
        (number, kind) for number in range(1, 7) for kind in ("intent", "outcome")
    )
    # Nothing in it says who asked, or what.
    for secret in ("Paris", "default", "ten_", "key_", "prj_", "req_", server.key[:8]):
        assert secret.encode() not in b"".join(bundle)
    assert verified(server, "--key", vkey)["attempts"] == 6


def test_a_checkpoint_has_a_signature_of_mldsa_beside_that_of_ed25519_which_a_policy_can_demand(start_server):
    server = start_server('audit.origin = "example.org/log"\n', with_model=False)
    vkey, mldsa = (server.get(f"/log/public-key{kind}", key=None).text.strip() for kind in ("", "-ml-dsa-44"))
    note = eventually("it is published", lambda: server.get("/log/checkpoint", key=None).text)
    text = signed_text(note, vkey)
    (_, line) = note.split("\n\n")[1].splitlines()
    assert abs(mldsa_cosigned_at(line, text, mldsa) - time.time()) < 3600
    assert (log_of(server) / "public-key-ml-dsa-44").read_text().strip() == mldsa
    assert (log_of(server) / "key-ml-dsa-44").stat().st_mode & 0o777 == 0o600
    server.stop()

    (policy := server.folder / "own.policy").write_text(f"log {vkey}\nwitness pq {mldsa}\nquorum pq\n")
    checkpoint = log_of(server) / "checkpoint"
    assert verified(server, "--policy", policy)["witnesses"] == {
        "judged": True, "quorum_met": True, "needed": "pq", "cosigned": ["pq"], "missing": []}  # fmt: skip
    spoken = server.entente("verify", "--policy", policy)
    assert "the quorum is met: pq needed; cosigned by pq" in spoken.stdout
    # Without that line, or with a flipped byte in it, the quorum is not met; to Ed25519 alone it says nothing.
    where = note.index(line) + len(line) // 2
    for changed, says in ((note.replace(line + "\n", ""), "THE QUORUM IS NOT MET: pq needed"),
                          (note[:where] + ("B" if note[where] == "A" else "A") + note[where + 1 :], "does not fit the checkpoint")):  # fmt: skip
        checkpoint.write_text(changed)
        refused = server.entente("verify", "--policy", policy, check=False)
        assert refused.returncode == 1 and says in refused.stdout + refused.stderr, refused.stdout + refused.stderr
        alone = server.entente("verify", log_of(server), "--key", vkey)
        assert "witnesses" not in alone.stdout, "the log's own signature is no witness's"

    # A log from before it had the second key signs with it when it is started.
    checkpoint.write_text(note.replace(line + "\n", ""))
    server.start()
    eventually("it is signed again", lambda: verified(server, "--policy", policy)["witnesses"]["quorum_met"])


def test_a_record_opens_the_commitment_of_its_entry(start_server):
    server = start_server('audit.tiles = "key"\n')
    asked = server.chat(question(max_tokens=2)).headers["x-request-id"]
    eventually("it is published", lambda: size(server) == STATED + 2)
    entries = [json.loads(e) for e in entries_in(server.get(f"/log/tile/entries/000.p/{STATED + 2}").body)]
    (attempt,) = server.get(f"/v1/receipts/{asked}").json["attempts"]
    for held in (attempt["intent"], attempt["outcome"]):
        record = json.dumps(held["record"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        commitment = hashlib.sha256(base64.b64decode(held["salt"]) + record.encode()).digest()
        assert base64.b64encode(commitment).decode() == entries[held["index"]]["record"]
    assert attempt["intent"]["record"]["request"] == asked
    assert attempt["outcome"]["record"]["result"] == "answered"


def root_over(entry, at, size, hashes):
    """The way up as RFC 6962 has it."""
    last = size - 1
    root = hashlib.sha256(b"\0" + entry).digest()
    for other in hashes:
        if at % 2 or at == last:
            root = hashlib.sha256(b"\1" + other + root).digest()
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            root = hashlib.sha256(b"\1" + root + other).digest()
        at, last = at // 2, last // 2
    assert last == 0
    return root


def cose_key(text):
    """A key of the log ("NAME+ID+BASE64") as COSE has it, by the id that is in its receipts."""
    _, key_id, key = text.split("+", 2)
    return cwt.COSEKey.new({1: 1, 2: bytes.fromhex(key_id), 3: -19, -1: 6, -2: base64.b64decode(key)[1:]})


def receipt_of_inclusion(receipt, entry, index, key):
    """RFC 9942, section 5.2.1: the root that is computed is what was signed."""
    protected, unprotected, payload, _ = cbor2.loads(receipt).value
    assert cbor2.loads(protected)[395] == 1 and payload is None
    (proof,) = unprotected[396][-1]
    size, at, hashes = cbor2.loads(proof)
    assert at == index
    cwt.COSE.new(alg_auto_inclusion=False).decode(receipt, key, detached_payload=root_over(entry, at, size, hashes))


def test_a_receipt_gives_its_proofs_as_other_tools_read_them(start_server, tmp_path):
    server = start_server('audit.tiles = "key"\n')
    for _ in range(3):
        asked = server.chat(question(max_tokens=2)).headers["x-request-id"]
    receipt = tmp_path / "receipt.json"
    fetch = lambda: (got := server.get(f"/v1/receipts/{asked}")).json.get("checkpoint") and got  # noqa: E731
    receipt.write_bytes(eventually("it is in the log", fetch).body)
    server.entente("receipt", "proofs", receipt, tmp_path / "proofs")
    files = sorted((tmp_path / "proofs").glob("*.tlog-proof"))
    assert len(files) == 2
    key = cose_key((server.state / "log/public-key").read_text().strip())
    for file in files:
        header, index, *lines = file.read_text().split("\n")
        hashes, note = lines[: lines.index("")], lines[lines.index("") + 1 :]
        assert header == "c2sp.org/tlog-proof@v1" and index == f"index {file.stem}"
        entry = file.with_suffix(".entry").read_bytes()
        root = root_over(entry, int(file.stem), int(note[1]), [base64.b64decode(line) for line in hashes])
        assert base64.b64encode(root).decode() == note[2]
        receipt_of_inclusion(file.with_suffix(".cose").read_bytes(), entry, int(file.stem), key)
        with pytest.raises(cwt.VerifyError):
            receipt_of_inclusion(file.with_suffix(".cose").read_bytes(), entry + b" ", int(file.stem), key)
    promise = json.loads(receipt.read_text())
    receipt.write_text(json.dumps({**promise, "checkpoint": ""}))
    refused = server.entente("receipt", "proofs", receipt, tmp_path / "none", check=False)
    assert refused.returncode == 1


def test_tiles_are_closed_unless_the_configuration_opens_them(start_server):
    server = start_server(with_model=False)
    assert server.get("/log/checkpoint", key=None).status == 200
    refused = server.get("/log/tile/0/000")
    assert refused.status == 403 and "audit.tiles" in refused.json["error"]["message"]
    server.configure('audit.tiles = "key"\n')
    server.entente("config", "reload")
    eventually("it is open to keys", lambda: server.get("/log/tile/0/000").status == 404)
    assert server.get("/log/tile/0/000", key=None).status == 401
    for path in ("0/0", "0/../../key", "entries/..%2f..%2fkey", "64/000", "", "0/000.p/256"):
        assert server.get(f"/log/tile/{path}").status == 404, path


def test_a_killed_server_goes_on_with_its_log_and_closes_what_was_open(start_server):
    server = start_server()
    kept = server.folder / "kept"
    for _ in range(3):
        server.chat(question(max_tokens=2))
        open_stream = Stream(server, ENDLESS)
        open_stream.next()
        server.stop(signal.SIGKILL)
        if kept.exists():
            assert verified(server, "--earlier", kept)["intact"]
        server.start()
        eventually("the open one is closed", lambda: verified(server)["running"] == 0)
        found = verified(server)
        assert found["intact"] and found["complete"] and not found["gaps"]
        shutil.copy(log_of(server) / "checkpoint", kept)
    assert verified(server, "--earlier", kept)["attempts"] == 6


def test_an_edited_journal_or_log_is_found(start_server):
    import sqlite3

    server = start_server()
    for _ in range(3):
        server.chat(question(max_tokens=2))
    eventually("all is published", lambda: size(server) == STATED + 6)
    server.stop()
    copy = server.folder / "copy"
    shutil.copytree(log_of(server), copy)
    bundle = copy / f"tile/entries/000.p/{STATED + 6}"
    bundle.write_bytes(bundle.read_bytes().replace(b'"number":2', b'"number":3', 1))
    found = verified(server, copy, code=1)
    assert not found["intact"] and f"entry {STATED + 2} " in found["damage"][0]
    spoken = server.entente("verify", copy, check=False)
    assert spoken.returncode == 1 and "DAMAGED" in spoken.stdout
    assert verified(server)["intact"], "the log itself was not touched"

    # The same edit in the store: the server does not sign over it.
    with sqlite3.connect(server.state / "entente.db") as store:
        store.execute(f"UPDATE entries SET entry = replace(entry, '\"number\":3', '\"number\":9') WHERE number = {STATED + 6}")
    refused = server.entente("serve", check=False)
    assert refused.returncode == 1 and f"entry {STATED + 5} of the journal is not the one that was signed" in refused.stderr


def test_a_log_whose_disk_is_full_is_published_when_there_is_room(start_server):
    server = start_server()
    server.chat(question(max_tokens=2))
    eventually("it is published", lambda: size(server) == STATED + 2)
    blocked = log_of(server) / "checkpoint.new"
    blocked.mkdir()  # no file can be written beside the checkpoint now
    assert server.chat(question(max_tokens=2)).status == 200
    eventually("it is said", lambda: any("could not be published" in line["message"] for line in server.log()))
    assert size(server) == STATED + 2
    blocked.rmdir()
    eventually("it is published after all", lambda: size(server) == STATED + 4)
    assert verified(server)["complete"]


def receipt_of(server, request: str, standing="included") -> dict:
    """The receipt once the log has its entries."""

    def made():
        answer = server.get(f"/v1/receipts/{request}")
        assert answer.status == 200, answer.text
        return answer.json if bool(answer.json["checkpoint"]) == (standing == "included") else None

    return eventually(f"the receipt is {standing}", made)


def test_a_receipt_is_checked_offline_with_the_public_key_alone(start_server, tmp_path):
    server = start_server('audit.origin = "example.org/log"\n[server.facts]\nprocessing_locations = ["FR"]\n')
    body = json.dumps(question("Name a colour.", max_tokens=8))
    answered = server.chat(body)
    request = answered.headers["x-request-id"]
    receipt, key, answer, asked = (tmp_path / name for name in ("receipt.json", "key", "answer.txt", "asked.json"))
    receipt.write_text(json.dumps(receipt_of(server, request)))
    key.write_text(server.get("/log/public-key", key=None).text)
    answer.write_text(answered.json["choices"][0]["message"]["content"] + "\n")
    asked.write_text(body)
    server.stop()
    shutil.rmtree(server.state)  # nothing of the server is needed

    keyless = server.entente("verify", receipt, check=False)
    assert keyless.returncode == 1 and "give the log's public key with --key" in keyless.stderr
    checked = server.entente("verify", receipt, "--key", key, "--answer", answer, "--request", asked)
    for said in (f"receipt of {request}", "signature  holds", "included", "provider local, FR", "answered", "allow all"):
        assert said in checked.stdout, checked.stdout
    answer.write_text("Something else.")
    for wrong in (["--answer", answer], ["--request", answer]):
        refused = server.entente("verify", receipt, "--key", key, *wrong, check=False)
        assert refused.returncode == 1 and "is not the" in refused.stderr
    forged = json.loads(receipt.read_text())
    forged["attempts"][0]["intent"]["record"]["place"] = "DE"
    receipt.write_text(json.dumps(forged))
    refused = server.entente("verify", receipt, "--key", key, check=False)
    assert refused.returncode == 1 and "is not the one that the log's entry" in refused.stderr


def test_receipts_are_of_ones_own_requests(start_server):
    server = start_server()
    other = json.loads(server.entente("keys", "create", "other", "--tenant", "other", "--json").stdout)["secret"]
    request = server.chat(question(max_tokens=2)).headers["x-request-id"]
    eventually("its key is known", lambda: server.get("/v1/models", key=other).status == 200)
    assert server.get(f"/v1/receipts/{request}", key=other).status == 404
    assert server.get("/v1/receipts/req_0", key=other).status == 404
    assert server.get(f"/v1/receipts/{request}", key=None).status == 401
    assert receipt_of(server, request)["request"] == request


def test_an_answer_that_runs_or_was_left_has_a_receipt(start_server):
    server = start_server()
    stream = Stream(server, ENDLESS)
    stream.next()
    request = stream.request_id
    assert receipt_of(server, request)["attempts"][0]["outcome"] is None
    stream.response.close()
    stream.connection.close()
    server.attempt_of(request)
    outcome = receipt_of(server, request)["attempts"][0]["outcome"]
    assert outcome["record"]["result"] == "cancelled" and outcome["record"]["answer"]


def test_after_an_older_store_was_restored_the_old_log_stays_checkable_and_a_new_one_begins(start_server):
    import sqlite3

    server = start_server()
    server.chat(question(max_tokens=2))
    eventually("it is published", lambda: size(server) == STATED + 2)
    with sqlite3.connect(server.state / "entente.db") as store, sqlite3.connect(server.folder / "backup.db") as backup:
        store.backup(backup)
    server.chat(question(max_tokens=2))
    eventually("so is the next", lambda: size(server) == STATED + 4)
    server.stop()
    for file in server.state.glob("entente.db*"):
        file.unlink()
    shutil.copy(server.folder / "backup.db", server.state / "entente.db")
    refused = server.entente("serve", check=False)
    assert refused.returncode == 1 and f"the journal has fewer than the {STATED + 4} entries that were signed" in refused.stderr
    kept = server.folder / "old-log"
    shutil.move(log_of(server), kept)
    server.start()
    eventually("a new log has what the store has", lambda: size(server) == STATED + 2)
    assert verified(server, kept)["attempts"] == 2 and verified(server)["attempts"] == 1
    assert (kept / "public-key").read_text() != (log_of(server) / "public-key").read_text()
