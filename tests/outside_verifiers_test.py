"""Other people's tools judge our log: Go's note and tlog packages (tests/go) and Tessera's fsck, over HTTP, with nothing but
the log's address and its public key."""

import base64
import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from entente_server import ROOT, eventually
from log_test import STATED, log_of, receipt_of, size
from makers import chat, deployment, model, provider

REQUESTS = 140  # twice as many entries: more than one tile holds


def build_with_go(folder, **packages):
    """Programs of tests/go, or that its go.mod names, by the names they get in the folder."""
    if not (go := shutil.which("go")):
        pytest.skip("there is no go; platform/packages names it")
    for name, package in packages.items():
        built = subprocess.run([go, "build", "-o", folder / name, package], cwd=ROOT / "tests/go", capture_output=True, text=True)
        assert built.returncode == 0, built.stderr


@pytest.fixture(scope="session")
def tools(tmp_path_factory):
    """tools("logcheck", …) runs a tool and gives what became of it."""
    folder = tmp_path_factory.mktemp("go")
    build_with_go(folder, logcheck=".", fsck="github.com/transparency-dev/tessera/cmd/fsck")

    def run(name, *arguments):
        quiet = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "dumb"}
        return subprocess.run([folder / name, *map(str, arguments)], capture_output=True, text=True, timeout=60, env=quiet)

    return run


@pytest.fixture
def published(mocks, start):
    """A server whose log anybody may read, with more entries than a tile holds; the id of its last request."""
    server = start('audit.tiles = "open"\naudit.origin = "example.org/log"', provider("p", mocks()), deployment("d", "p"),
                   model("assistant", "d"))  # fmt: skip
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: server.chat(chat()), range(REQUESTS)))
    assert all(answer.status == 200 for answer in answers)
    eventually("all of it is published", lambda: size(server) == STATED + 2 * REQUESTS)
    return server, answers[-1].headers["x-request-id"]


def test_gos_own_packages_and_tesseras_fsck_find_it_whole(published, tools, tmp_path):
    server, request = published
    url, key = server.url + "/log/", log_of(server) / "public-key"
    receipt = receipt_of(server, request)
    outcome = receipt["attempts"][0]["outcome"]
    entry, proof = tmp_path / "entry", tmp_path / "proof"
    entry.write_text(json.dumps(outcome["entry"], sort_keys=True, separators=(",", ":")))
    proof.write_text("\n".join(outcome["proof"]))
    for more in ([], [proof]):
        judged = tools("logcheck", url, key.read_text(), outcome["index"], entry, *more)
        assert judged.returncode == 0, judged.stderr
        assert f"{STATED + 2 * REQUESTS} entries, all of them under the signature" in judged.stdout
        assert f"entry {outcome['index']} is in it" in judged.stdout
    entry.write_text(entry.read_text().replace("outcome", "0utcome"))
    assert tools("logcheck", url, key.read_text(), outcome["index"], entry).returncode == 1

    judged = tools("fsck", "--storage_url", url, "--public_key", key, "--ui=false")
    assert judged.returncode == 0, judged.stderr
    assert "Successfully fsck" in judged.stderr + judged.stdout


@pytest.mark.parametrize("file", ["tile/entries/000", "tile/0/000", "checkpoint"])
def test_gos_packages_find_an_edit_where_ours_does(published, tools, file):
    server, _ = published
    url, key = server.url + "/log/", log_of(server) / "public-key"
    path = log_of(server) / file
    bytes_ = bytearray(path.read_bytes())
    bytes_[40] ^= 1
    path.write_bytes(bytes_)
    assert tools("logcheck", url, key.read_text()).returncode == 1
    assert server.entente("verify", check=False).returncode == 1


def test_a_key_of_another_log_opens_nothing(published, tools):
    server, _ = published
    name, hash_, _ = (log_of(server) / "public-key").read_text().split("+", 2)
    other = f"{name}+{hash_}+{base64.b64encode(bytes([1]) + bytes(32)).decode()}"
    assert tools("logcheck", server.url + "/log/", other).returncode == 1
