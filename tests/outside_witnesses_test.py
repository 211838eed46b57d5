"""Other people's programs on both sides of witnessing: litewitness (filippo.io/torchwood) cosigns our log, and torchwood's
reading of policies and cosignatures judges what our witnesses have cosigned."""

import shutil
import socket
import sqlite3
import subprocess
import time

import pytest
from entente_server import PATIENCE, eventually
from log_test import STATED, receipt_of, size, verified
from makers import chat
from outside_verifiers_test import build_with_go
from witness_test import Ring, cosigners, waits

pytestmark = pytest.mark.timeout(900)  # the first time, Go compiles SQLite


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("go-witness")
    build_with_go(folder, policycheck="./policycheck", sshagent="./sshagent", litewitness="filippo.io/torchwood/cmd/litewitness")
    return folder


class Litewitness:
    """A litewitness of its own key that knows one log, as its own tool (witnessctl) would enter it."""

    def __init__(self, programs, folder, log_key: str):
        self.programs, self.folder, self.processes = programs, folder, []
        # Sockets have short paths.
        self.socket = folder / "s"
        agent = self.run("sshagent", self.socket, "lite.example/w", stdout=subprocess.PIPE)
        self.fingerprint, self.key = (agent.stdout.readline().strip() for _ in range(2))
        self.url = ""
        self.start()
        with sqlite3.connect(folder / "db") as database:
            name = log_key.split("+")[0]
            empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
            database.execute("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", (name, empty))
            database.execute("INSERT INTO key (origin, key) VALUES (?, ?)", (name, log_key))

    def run(self, name, *arguments, **more):
        errors = open(self.folder / f"{name}.log", "ab")
        self.processes.append(subprocess.Popen([self.programs / name, *map(str, arguments)], stderr=errors, text=True, **more))
        return self.processes[-1]

    def start(self):
        """It takes no port from the kernel, so a free one is found first; another try where somebody was quicker."""
        for _ in range(5):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                address = "127.0.0.1:%d" % probe.getsockname()[1]
            process = self.run("litewitness", "-name", "lite.example/w", "-db", self.folder / "db", "-ssh-agent", self.socket,
                               "-key", self.fingerprint, "-listen", address)  # fmt: skip
            end = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < end:
                try:
                    socket.create_connection(address.split(":"), 1).close()
                    self.url = "http://" + address
                    return
                except OSError:
                    time.sleep(0.05)
        raise AssertionError((self.folder / "litewitness.log").read_text())

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait(10)


@pytest.fixture
def litewitness(programs, tmp_path_factory):
    started = []

    def start(log_key: str) -> Litewitness:
        started.append(Litewitness(programs, tmp_path_factory.mktemp("lite"), log_key))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_litewitness_cosigns_our_log_and_torchwood_accepts_it_with_our_witnesses(start_server, mocks, programs, litewitness):
    ring = Ring(start_server, mocks(), names=("north", "south"))
    north = ring.servers["north"]
    lite = litewitness(ring.logs["north"])
    policy = "\n".join([
        f"log {ring.logs['north']}",
        f"witness lite {lite.key} {lite.url}",
        f"witness south {ring.keys['south']} {ring.servers['south'].url}/witness",
        "group both all lite south",
        "quorum both",
        "",
    ])  # fmt: skip
    file = ring.require("north", policy)
    for round in range(1, 4):
        receipt = receipt_of(north, north.chat(chat()).headers["x-request-id"])
        assert size(north) == STATED + 2 * round and cosigners(north) == {"lite.example/w", "south.example"}
    assert verified(north, "--policy", file)["witnesses"]["quorum_met"]

    def judged(policy: str, note: str) -> subprocess.CompletedProcess:
        (own := north.folder / "own.policy").write_text(policy)
        (checkpoint := north.folder / "note").write_text(note)
        return subprocess.run([programs / "policycheck", own, checkpoint], capture_output=True, text=True, timeout=60)

    note = receipt["checkpoint"]
    found = judged(policy, note)
    assert found.returncode == 0, found.stderr
    assert f"{STATED + 6} entries" in found.stdout
    assert "cosigned by lite.example/w" in found.stdout and "cosigned by south.example" in found.stdout
    without = "".join(line for line in note.splitlines(keepends=True) if "south.example" not in line)
    assert judged(policy, without).returncode == 1
    assert judged(policy.replace("group both all", "group both any"), without).returncode == 0
    edited = note.replace(f"\n{STATED + 6}\n", f"\n{STATED + 7}\n", 1)
    assert judged(policy, edited).returncode == 1

    # It is told what it knows after a restart of ours, and refuses a log that goes back.
    north.stop()
    shutil.copytree(north.state, backup := north.folder / "backup")
    north.start()
    assert north.chat(chat()).status == 200
    eventually("it goes on", lambda: size(north) == STATED + 8)
    north.stop()
    shutil.rmtree(north.state)
    shutil.copytree(backup, north.state)
    north.start()
    assert north.chat(chat()).status == 200
    assert {line["witness"] for line in waits(north, "status 422")} <= {"lite", "south"}
    assert size(north) == STATED + 6
