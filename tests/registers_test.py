"""entente audit register: what stands in the registers that the law asks for is what was done, by the facts of that time."""

import csv
import io
import json

from entente_server import eventually
from makers import chat, deployment, model, provider, settled


def facts(**more) -> str:
    return "[deployments.facts]\n" + "\n".join(f"{k} = {json.dumps(v)}" for k, v in more.items())


def register(server, *arguments: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(server.entente("audit", "register", *arguments).stdout)))


def test_registers_say_what_was_done(mocks, start):
    stated = facts(operator="Hosting SA", processing_locations=["FR"], storage_locations=["US"], abuse_log_locations=[],
                   control_plane_locations=["FR"], retention_days=30, governing_law="FR")  # fmt: skip
    server = start(provider("p", mock := mocks()), deployment("d", "p", price=stated), deployment("other", "p"),
                   model("assistant", "d"), model("free", "other"))  # fmt: skip
    assert register(server) == []
    for label in ("health", "minors", "health"):
        assert server.chat(chat(), headers={"entente-labels": label}).status == 200
    server.chat({**chat(), "model": "free"}, headers={"entente-labels": "=HYPERLINK(1)"})
    settled(server, 4)
    assert len(mock.received) == 4
    row, bare = sorted(register(server), key=lambda row: row["deployment"])
    assert row["activity"] == "default/default" and row["deployment"] == "d" and row["times"] == "3", row
    assert row["categories of data, as labelled"] == "health, minors"
    assert row["recipient"] == "Hosting SA (declared)" and row["third countries"] == "US"
    assert row["erased after days"] == "30 (declared)" and row["read by people"] == "unknown"
    assert row["controller (to be written)"] == ""
    assert bare["recipient"] == "unknown" and bare["categories of data, as labelled"] == "'=HYPERLINK(1)"
    dora = {row["deployment"]: row for row in register(server, "--form", "dora")}
    assert dora["d"]["B_02.02.0120 governing law"] == "FR (declared)"
    assert dora["d"]["B_02.02.0150 data at rest"] == "US (declared)"
    # What is stated from now on is what a register of now says, also of what runs no more.
    server.config.write_text(server.config.read_text().replace("retention_days = 30", "retention_days = 0"))
    server.entente("config", "reload")
    eventually("it is stated", lambda: register(server)[0]["erased after days"] == "0 (declared)")
    server.stop()
    rows = json.loads(server.entente("audit", "register", "--json").stdout)
    assert {row["erased after days"] for row in rows} == {"0 (declared)", "unknown"}
    assert register(server, "--to", "2020-01-01") == [] and len(register(server, "--from", "2020-01-01")) == 2
    wrong = server.entente("audit", "register", "--from", "soon", check=False)
    assert wrong.returncode == 1 and "'--from' expects a date like 2026-10-01, but \"soon\" came." in wrong.stderr
