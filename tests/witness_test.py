"""Witnesses: an Entente cosigns the logs of others, and none that tells two histories; a log that needs a quorum is
published when enough have cosigned, and requests go on meanwhile. What the wire carries is checked here with another
library than ours; outside_witnesses_test.py has it judged by other people's programs."""

import base64
import hashlib
import json
import shutil
import signal
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from entente_server import eventually
from log_test import STATED, log_of, mldsa_cosigned_at, receipt_of, root_of, size, verified
from makers import chat, deployment, model, provider


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class PythonLog:
    """A log that grows in this process, after RFC 6962 as it is written there, and signs whatever a test wants."""

    name: str = "python.example/log"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    hashes: list[bytes] = field(default_factory=list)

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def vkey(self) -> str:
        return f"{self.name}+{key_id(self.name, 1, self.public).hex()}+{base64_of(bytes([1]) + self.public)}"

    def grow_to(self, entries: int, word=b"entry"):
        while len(self.hashes) < entries:
            self.hashes.append(hashlib.sha256(b"\x00" + word + b" %d" % len(self.hashes)).digest())
        return self

    def text(self, entries: int) -> str:
        root = root_of(self.hashes[:entries]) if entries else hashlib.sha256(b"").digest()
        return f"{self.name}\n{entries}\n{base64_of(root)}\n"

    def sign(self, text: str) -> str:
        signature = key_id(self.name, 1, self.public) + self.key.sign(text.encode())
        return f"{text}\n\u2014 {self.name} {base64_of(signature)}\n"

    def proof(self, old: int, new: int) -> list[bytes]:
        def sub(m: int, hashes: list[bytes], whole: bool) -> list[bytes]:
            if m == len(hashes):
                return [] if whole else [root_of(hashes)]
            k = 1 << ((len(hashes) - 1).bit_length() - 1)
            if m <= k:
                return [*sub(m, hashes[:k], whole), root_of(hashes[k:])]
            return [*sub(m - k, hashes[k:], False), root_of(hashes[:k])]

        return sub(old, self.hashes[:new], True) if 0 < old < new else []

    def request(self, old: int, new: int) -> str:
        lines = [f"old {old}", *(base64_of(h) for h in self.proof(old, new)), "", self.sign(self.text(new))]
        return "\n".join(lines)


def witness_keys(server) -> list[str]:
    """Of Ed25519, of ML-DSA-44."""
    answer = server.get("/witness/public-key", key=None)
    assert answer.status == 200, answer.text
    return answer.text.splitlines()


def witness_key(server) -> str:
    return witness_keys(server)[0]


def submit(server, body: str, **headers):
    return server.ask("POST", "/witness/add-checkpoint", body.encode(), key=None, headers={"Content-Type": "text/plain", **headers})


def cosigned_at(line: str, text: str, vkey: str) -> int:
    """The time in a cosignature (the first of those that came) of that text by that key, checked with another library than ours."""
    line = line.splitlines()[0]
    name, hash_, key = vkey.split("+", 2)
    kind_and_key = base64.b64decode(key)
    assert kind_and_key[0] == 4 and key_id(name, 4, kind_and_key[1:]).hex() == hash_
    dash, who, word = line.split()
    raw = base64.b64decode(word)
    assert (dash, who, raw[:4].hex(), len(raw)) == ("\u2014", name, hash_, 76)
    when = int.from_bytes(raw[4:12], "big")
    Ed25519PublicKey.from_public_bytes(kind_and_key[1:]).verify(raw[12:], f"cosignature/v1\ntime {when}\n{text}".encode())
    return when


def witnessing(*logs: str, name="witness.example") -> str:
    return f'audit.witness.name = "{name}"\naudit.witness.logs = {json.dumps(logs)}\n'


def test_a_log_that_grows_is_cosigned_and_every_refusal_has_its_status(start_server):
    log, other = PythonLog().grow_to(20), PythonLog("other.example/log").grow_to(5)
    server = start_server(witnessing(log.vkey), with_model=False)
    vkey = witness_key(server)
    assert vkey.startswith("witness.example+") and vkey != server.get("/log/public-key", key=None).text.strip()

    answer = submit(server, log.request(0, 8))
    assert answer.status == 200, answer.text
    first = cosigned_at(answer.text, log.text(8), vkey)
    ed25519, mldsa = answer.text.splitlines()
    assert mldsa_cosigned_at(mldsa, log.text(8), witness_keys(server)[1]) == first
    assert (server.state / "witness/key-ml-dsa-44").stat().st_mode & 0o777 == 0o600
    older = submit(server, log.request(0, 12))
    assert (older.status, older.headers["content-type"], older.text) == (409, "text/x.tlog.size", "8\n")
    assert submit(server, log.request(4, 7)).text == "8\n", "an older checkpoint is not cosigned any more"
    assert cosigned_at(submit(server, log.request(8, 13)).text, log.text(13), vkey) >= first
    assert submit(server, log.request(13, 13)).status == 200

    assert submit(server, other.request(0, 5)).status == 404
    stranger = PythonLog(log.name).grow_to(20)  # the same log by name, another key
    assert submit(server, stranger.request(13, 20)).status == 403
    assert submit(server, log.request(13, 20).replace("\n20\n", "\n21\n")).status == 403
    assert submit(server, log.request(13, 20).replace("old 13", "old 21")).status == 400
    for nonsense in ("", "old\n", "old 13\n\n", "old 013\n\n" + log.sign(log.text(14)), "old 13\nxyz\n\n" + log.sign(log.text(14))):
        assert submit(server, nonsense).status == 400, nonsense
    lines = log.request(13, 20).split("\n")
    assert submit(server, "\n".join([lines[0], base64_of(bytes(32)), *lines[2:]])).status == 422
    assert submit(server, "x" * 300_000).status == 413
    assert submit(server, log.request(13, 20)).status == 200, "nothing of that has changed what is known"

    # Two histories: the same entries at first, then others.
    fork = PythonLog(key=log.key, hashes=log.hashes[:10]).grow_to(30, b"another")
    refused = submit(server, fork.request(20, 30))
    assert refused.status == 422 and "does not" in refused.text, refused.text
    said = [line for line in server.log() if "does not continue what was cosigned" in line["message"]]
    assert said[-1]["log"] == log.name and said[-1]["checkpoint"] == fork.sign(fork.text(30))
    evidence = server.state / "witness/contradictions" / hashlib.sha256(log.name.encode()).hexdigest()
    assert not evidence.exists(), "it may be only the proof that is wrong"
    assert submit(server, fork.request(20, 20)).status == 422
    assert evidence.read_text() == fork.sign(fork.text(20))
    assert any("has signed two different trees of one size" in line["message"] for line in server.log())

    hash_ = hashlib.sha256(log.name.encode()).hexdigest()
    kept = server.get(f"/witness/{hash_}/checkpoint", key=None)
    text, signatures = kept.text.split("\n\n")
    assert text + "\n" == log.text(20) and len(signatures.splitlines()) == 3
    cosigned_at(signatures.splitlines()[1], log.text(20), vkey)
    for path in ("", "x/checkpoint", f"{hash_}", "../log/key", "0" * 64 + "/checkpoint"):
        assert server.get(f"/witness/{path}", key=None).status == 404, path


def test_whoever_witnesses_nothing_says_so(start_server):
    server = start_server(with_model=False)
    for answer in (submit(server, PythonLog().grow_to(1).request(0, 1)), server.get("/witness/public-key", key=None)):
        assert answer.status == 404 and "audit.witness.logs" in answer.text
    assert not (server.state / "witness").exists(), "a key is made when it is needed"


def test_a_key_that_is_none_is_a_mistake_of_the_configuration(home):
    home.configure('audit.witness.logs = ["example.org/log+00000000+AAAA"]\n')
    done = home.entente("config", "check", check=False)
    assert done.returncode == 1 and "entente.toml" in done.stdout + done.stderr and "is not a log's key" in done.stdout + done.stderr
    log = PythonLog()
    home.configure(f'audit.witness.logs = ["{log.vkey}", "{log.vkey}"]\n')
    assert "listed twice" in (done := home.entente("config", "check", check=False)).stdout + done.stderr


def test_a_witness_that_is_killed_knows_all_that_it_cosigned(start_server):
    """Killed again and again while two clients have it cosign: what anybody holds a cosignature for, it knows."""
    log = PythonLog().grow_to(400)
    server = start_server(witnessing(log.vkey), with_model=False)
    vkey, held, failures, next_size = witness_key(server), [0], [], iter(range(1, 400))
    for _ in range(4):
        stop = threading.Event()

        def ask():
            known, mine = held[0], [0]
            while not stop.is_set():
                try:
                    answer = submit(server, log.request(known, wanted := max(next(next_size), known)))
                except (OSError, StopIteration, AssertionError):
                    return
                if answer.status == 409:
                    known = int(answer.text)
                elif answer.status == 200:
                    try:
                        cosigned_at(answer.text, log.text(wanted), vkey)
                        assert wanted >= mine[-1], "one client's own are cosigned in its order"
                    except Exception as wrong:  # a thread's own would be lost
                        failures.append(wrong)
                    mine.append(known := wanted)
                    held.append(wanted)

        clients = [threading.Thread(target=ask) for _ in range(2)]
        before = len(held)
        for client in clients:
            client.start()
        eventually("some were cosigned", lambda: len(held) > before + 3 or not any(c.is_alive() for c in clients))
        server.stop(signal.SIGKILL)
        stop.set()
        for client in clients:
            client.join()
        assert len(held) > before and not failures, failures
        server.start()
        answer = submit(server, log.request(0, 400))
        assert answer.status == 409 and int(answer.text) >= max(held), "it went back"


class Ring:
    """Ententes that witness one another's logs, each with a maker that answers."""

    def __init__(self, start_server, mock, names=("north", "south", "east")):
        self.sections = "\n".join([provider("p", mock), deployment("d", "p"), model("assistant", "d")])
        self.servers = {name: start_server(self.sections, with_model=False) for name in names}
        for name, server in self.servers.items():
            server.name = name
        for server in self.servers.values():
            eventually("its first entries are published", lambda s=server: size(s) == STATED)
        self.logs = {name: (log_of(server) / "public-key").read_text().strip() for name, server in self.servers.items()}
        for name in names:
            self.configure(name)
        self.keys = {name: eventually("it witnesses", lambda s=server: (s.state / "witness/public-key").exists() and witness_key(s))
                     for name, server in self.servers.items()}  # fmt: skip

    def configure(self, name: str, lines: str = "", reload=True):
        server = self.servers[name]
        server.configure(witnessing(*self.logs.values(), name=f"{name}.example") + lines + "\n" + self.sections)
        if reload:
            before = server.log_file.stat().st_size
            server.entente("config", "reload")
            eventually(f"{name} has read it", lambda: any("configuration was" in line["message"] for line in server.log(before)))
            taken = [line["message"] for line in server.log(before) if "configuration was" in line["message"]]
            assert "not taken" not in taken[0], server.log(before)

    def policy(self, quorum="2", keys: dict | None = None, of: tuple = ()) -> str:
        keys = {**self.keys, **(keys or {})}
        names = of or tuple(self.servers)
        lines = [f"witness {name} {keys[name]} {self.servers[name].url}/witness" for name in names]
        return "\n".join([*lines, f"group all-of-them {quorum} {' '.join(names)}", "quorum all-of-them", ""])

    def require(self, name: str, policy: str):
        """From now on this server's log is published only so."""
        file = self.servers[name].folder / "witnesses.policy"
        file.write_text(policy)
        self.configure(name, f'audit.quorum = "{file}"')
        return file


@pytest.fixture
def ring(start_server, mocks):
    return Ring(start_server, mocks())


def cosigners(server) -> set[str]:
    """Who has cosigned the published checkpoint, by name, without the log itself."""
    note = (log_of(server) / "checkpoint").read_text()
    return {line.split()[1] for line in note.split("\n\n")[1].splitlines()} - {note.splitlines()[0]}


def test_three_witness_one_another_and_two_of_them_are_enough(ring):
    for name in ring.servers:
        ring.require(name, ring.policy())
    north, south, east = ring.servers.values()
    for server in (north, south, east):
        assert server.chat(chat()).status == 200
    for server in (north, south, east):
        eventually("it is published", lambda s=server: size(s) == STATED + 2)
        assert len(cosigners(server)) >= 2
    text = (log_of(north) / "checkpoint").read_text().split("\n\n")[0] + "\n"
    for line in (log_of(north) / "checkpoint").read_text().split("\n\n")[1].splitlines():
        if name := next((n for n in ring.keys if line.split()[1] == f"{n}.example"), None):
            cosigned_at(line, text, ring.keys[name])

    # One is gone: nothing changes.
    east.stop(signal.SIGKILL)
    asked = north.chat(chat()).headers["x-request-id"]
    receipt = receipt_of(north, asked)
    assert size(north) == STATED + 4 and "east.example" not in cosigners(north)
    policy = north.folder / "witnesses.policy"
    found = verified(north, "--policy", policy)
    assert found["witnesses"] == {"judged": True, "quorum_met": True, "needed": "2 of north, south, east",
                                  "cosigned": ["north", "south"], "missing": ["east"]}  # fmt: skip
    (north.folder / "receipt.json").write_text(json.dumps(receipt))

    # Two are gone: answers as ever, and nothing is published.
    south.stop(signal.SIGKILL)
    answered = [north.chat(chat()) for _ in range(3)]
    assert [a.status for a in answered] == [200] * 3
    said = eventually("it is said", lambda: [line for line in north.log() if "waits for witnesses" in line["message"]])
    assert said[-1]["missing"] == "south, east" and said[-1]["needed"] == "2 of north, south, east"
    eventually("all is offered", lambda: north.metric("entente_log_unpublished_entries") == 6)
    assert size(north) == STATED + 4 and north.metric("entente_log_published_entries") == STATED + 4
    assert north.metric("entente_witness_cosigning", witness="south") == 0
    promised = receipt_of(north, answered[0].headers["x-request-id"], "promised")
    assert promised["promise"] and not promised["checkpoint"]
    advice = eventually("the doctor names them", lambda: next(
        (f for f in json.loads(north.entente("doctor", "--json", check=False).stdout)["findings"]
         if f["area"] == "witnesses" and "missing south, east" in f["says"]), None))  # fmt: skip
    assert "6 of the log's" in advice["says"] and "cosigned by north" in advice["says"]

    # Kept over a kill of its own, and published when one is back.
    north.stop(signal.SIGKILL)
    south.start()
    north.start()
    ring.require("north", ring.policy())
    eventually("it is published again", lambda: size(north) == STATED + 10)
    assert cosigners(north) == {"north.example", "south.example"}
    for answer in answered:
        assert receipt_of(north, answer.headers["x-request-id"])["checkpoint"]
    found = verified(north, "--policy", policy)
    assert found["intact"] and found["complete"] and found["attempts"] == 5
    checked = north.entente("verify", north.folder / "receipt.json", "--key", log_of(north) / "public-key", "--policy", policy)
    assert "the quorum is met: 2 of north, south, east needed" in checked.stdout and "missing: east" in checked.stdout


def test_verify_judges_by_a_persons_own_policy(ring):
    north = ring.servers["north"]
    ring.require("north", ring.policy())
    receipt = receipt_of(north, north.chat(chat()).headers["x-request-id"])
    file, key = north.folder / "receipt.json", log_of(north) / "public-key"
    file.write_text(json.dumps(receipt))

    def judged(policy: str, *more, code: int):
        (own := north.folder / "own.policy").write_text(policy)
        done = north.entente("verify", *more, "--policy", own, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    named = north.entente("verify", file, "--key", key).stdout
    assert "not judged, for that needs --policy: north.example+" in named
    cosigned = [name for name in ring.keys if f"{name}.example" in named]
    assert len(cosigned) >= 2
    assert "the quorum is met" in judged(ring.policy("all", of=tuple(cosigned)), file, "--key", key, code=0)
    # A log line in the policy is the key to check with.
    with_log = f"log {ring.logs['north']}\n" + ring.policy()
    assert "the quorum is met" in judged(with_log, file, code=0)
    assert "the quorum is met" in judged(with_log, log_of(north), code=0)
    assert "lists other logs" in judged(f"log {ring.logs['south']}\n" + ring.policy(), file, "--key", key, code=1)
    # Somebody who has not cosigned is required.
    nobody = PythonLog("nobody.example")
    vkey = f"nobody.example+{key_id('nobody.example', 4, nobody.public).hex()}+{base64_of(bytes([4]) + nobody.public)}"
    demanding = f"witness nobody {vkey}\n" + ring.policy().replace("group all-of-them 2", "group all-of-them 2 nobody").replace(
        "quorum all-of-them", "quorum nobody").replace("all-of-them 2 nobody", "all-of-them 2")  # fmt: skip
    for what in ((file, "--key", key), (log_of(north),)):
        said = judged(demanding, *what, code=1)
        assert "THE QUORUM IS NOT MET: nobody needed" in said and "missing: nobody" in said, said
    assert "Line 1 of the policy" in judged("nonsense\n", file, "--key", key, code=1)
    # A cosignature that was tampered with spoils the note.
    forged = json.loads(file.read_text())
    lines = forged["checkpoint"].splitlines()
    lines[-1] = lines[-1][:-6] + ("AAAA==" if not lines[-1].endswith("AAAA==") else "BBBB==")
    forged["checkpoint"] = "\n".join(lines) + "\n"
    file.write_text(json.dumps(forged))
    assert "does not fit the checkpoint" in judged(ring.policy(), file, "--key", key, code=1)


def test_a_quorum_may_name_witnesses_and_the_log_itself_by_their_keys_of_mldsa(ring):
    north, south, east = ring.servers.values()
    mldsa = {name: witness_keys(server)[1] for name, server in ring.servers.items()}
    own = (log_of(north) / "public-key-ml-dsa-44").read_text().strip()
    # South by both of its keys, east by the new one alone, and the log's own, which nobody is asked for.
    policy = (f"witness itself {own}\nwitness south-too {ring.keys['south']} {south.url}/witness\n"
              + ring.policy("all", keys=mldsa, of=("south", "east"))
              .replace("quorum all-of-them", "group both all itself south-too all-of-them\nquorum both"))  # fmt: skip
    file = ring.require("north", policy)
    for round in range(1, 4):
        receipt = receipt_of(north, north.chat(chat()).headers["x-request-id"])
        assert size(north) == STATED + 2 * round and receipt["checkpoint"].count("\u2014") == 5
    text, lines = receipt["checkpoint"].split("\n\n")
    for line in lines.splitlines():
        if line.split()[1] == "east.example":
            mldsa_cosigned_at(line, text + "\n", mldsa["east"])
    found = verified(north, "--policy", file)["witnesses"]
    assert found["quorum_met"] and found["cosigned"] == ["itself", "south-too", "south", "east"]
    assert north.metric("entente_witness_cosigning", witness="itself") == 1
    east.stop(signal.SIGKILL)
    assert north.chat(chat()).status == 200
    waits(north, "it cannot be reached")
    assert size(north) == STATED + 6


def waits(server, why: str):
    return eventually(f"it is said that {why}", lambda: [
        line for line in server.log() if "A witness does not cosign" in line["message"] and why in line["why"]])  # fmt: skip


def test_a_witness_with_another_key_than_the_policys_does_not_count(ring):
    north = ring.servers["north"]
    before = size(north)
    ring.require("north", ring.policy("all", keys={"south": ring.keys["east"]}, of=("south",)))
    assert north.chat(chat()).status == 200
    assert waits(north, "cosigned with another key")[0]["witness"] == "south"
    assert size(north) == before
    ring.require("north", ring.policy("all", of=("south",)))
    eventually("the right one counts", lambda: size(north) == before + 2)


def test_a_second_tree_under_the_same_key_is_refused_and_said(ring, start_server):
    north, south = ring.servers["north"], ring.servers["south"]
    policy = ring.policy("all", of=("south",))
    ring.require("north", policy)
    for _ in range(2):
        assert north.chat(chat()).status == 200
    eventually("it is published", lambda: size(north) == STATED + 4)
    kept = north.folder / "kept"
    shutil.copytree(log_of(north), kept)
    north.stop()

    # The same key over other entries, fewer of them at first.
    fork = start_server(ring.sections, with_model=False)
    fork.stop()
    shutil.rmtree(log_of(fork))
    log_of(fork).mkdir()
    shutil.copy(kept / "key", log_of(fork) / "key")
    (fork.folder / "p").write_text(policy)
    fork.configure(f'audit.quorum = "{fork.folder / "p"}"\n' + ring.sections)
    fork.start()
    waits(fork, f"IT HAS COSIGNED {STATED + 4} ENTRIES")
    for _ in range(4):
        assert fork.chat(chat()).status == 200
    waits(fork, "does not continue what it cosigned (status 422")
    assert not (log_of(fork) / "checkpoint").exists()
    assert any("does not continue what was cosigned" in line["message"] for line in south.log())


def test_an_older_copy_of_everything_is_told_by_its_witness(ring):
    north = ring.servers["north"]
    ring.require("north", ring.policy("all", of=("south",)))
    assert north.chat(chat()).status == 200
    eventually("it is published", lambda: size(north) == STATED + 2)
    north.stop()
    shutil.copytree(north.state, backup := north.folder / "backup")
    north.start()
    assert north.chat(chat()).status == 200
    eventually("so is the next", lambda: size(north) == STATED + 4)
    north.stop()
    shutil.rmtree(north.state)
    shutil.copytree(backup, north.state)
    north.start()
    # It has nothing new to publish by itself; the next request shows it.
    assert north.chat(chat()).status == 200
    waits(north, "does not continue what it cosigned")
    assert size(north) == STATED + 2


def test_a_policy_that_cannot_be_gone_by_is_refused(ring):
    north = ring.servers["north"]
    other = ring.logs["south"]
    for policy, says in (("quorum nobody\n", "no line before it defines nobody"),
                         (ring.policy().replace(ring.servers["south"].url + "/witness", "").replace(
                             ring.servers["east"].url + "/witness", ""), "have no URL"),
                         (f"log {other}\nquorum none\n", "add the line 'log")):  # fmt: skip
        file = north.folder / "wrong.policy"
        file.write_text(policy)
        before = north.log_file.stat().st_size
        north.configure(f'audit.quorum = "{file}"\n' + ring.sections)
        north.entente("config", "reload")
        said = eventually("it is not taken", lambda: [line for line in north.log(before) if "not taken" in line["message"]])
        assert "audit.quorum names" in said[0]["error"] and says in said[0]["error"], said
    north.stop()
    refused = north.entente("serve", check=False)
    assert refused.returncode == 1 and "audit.quorum names" in refused.stderr


def test_a_log_needs_witnesses_no_longer_when_the_setting_is_gone(ring):
    north, east = ring.servers["north"], ring.servers["east"]
    ring.require("north", ring.policy("all", of=("east",)))
    east.stop(signal.SIGKILL)
    assert north.chat(chat()).status == 200
    waits(north, "it cannot be reached")
    assert size(north) <= STATED
    ring.configure("north")
    eventually("it is published", lambda: size(north) == STATED + 2)
    assert Path(log_of(north) / "checkpoint").read_text().count("\u2014") == 2, "the log's own two"
