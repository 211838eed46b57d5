"""The head of a day names every lane in which something was done for a tenant, over restarts: a lane that is withheld is
found, by whoever holds the head or a receipt."""

import json
import shutil

from entente_server import eventually
from makers import chat, deployment, model, provider

DAY = 86_400


def at(server, library, seconds: int):
    """Starts it again in another time."""
    server.stop()
    server.environment |= {"LD_PRELOAD": str(library), "SHIFTED_CLOCK": str(seconds)}
    server.start()


def receipt_of(server, answer, file):
    fetch = lambda: (got := server.get(f"/v1/receipts/{answer.headers['x-request-id']}")).json.get("checkpoint") and got  # noqa: E731
    file.write_bytes(eventually("it is in the log", fetch).body)
    return file


def test_a_day_that_ended_has_a_head_of_all_its_lanes(mocks, start, shifted_clock, tmp_path):
    server = start(provider("p", mocks()), deployment("d", "p"), model("assistant", "d"))
    other = server.new_key("other")
    first = receipt_of(server, server.chat(chat()), tmp_path / "first.json")
    day = json.loads(first.read_text())["attempts"][0]["intent"]["entry"]["at"][:10]
    early = server.get(f"/v1/heads/{day}")
    assert early.status == 404 and "has not ended" in early.json["error"]["message"]
    server.stop()
    server.start()
    second = receipt_of(server, server.chat(chat(), key=other), tmp_path / "second.json")
    at(server, shifted_clock, DAY)
    fetch = lambda: (got := server.get(f"/v1/heads/{day}")).status == 200 and got  # noqa: E731
    head = tmp_path / "head.json"
    head.write_bytes(eventually("the day has its head", fetch).body)
    record = json.loads(head.read_text())["record"]
    assert record["day"] == day and [lane["numbers"] for lane in record["lanes"]] == [1, 1]
    assert server.get("/v1/heads/yesterday").status == 400
    assert server.get("/v1/heads/2020-01-01").status == 404
    stranger = json.loads(server.entente("keys", "create", "stranger", "--tenant", "strangers", "--json").stdout)["secret"]
    assert eventually("the key is known", lambda: server.get(f"/v1/heads/{day}", key=stranger).status == 404)

    server.stop()
    key, log = server.state / "log/public-key", server.state / "log"
    told = server.entente("verify", head, "--key", key, "--log", log, "--receipt", first, "--receipt", second).stdout
    assert "signature  holds" in told and "lanes      2, with 2 attempts" in told and "receipts   2" in told, told
    assert "whole: 2 attempts in 2 lanes" in server.entente("verify", log, "--key", key).stdout
    # Every edit of the head is found; and a lane that the head does not name is.
    whole = json.loads(head.read_text())
    edits = {"a lane less": ("record", {**record, "lanes": record["lanes"][:1]}), "another day": ("record", {**record, "day": "2020-01-01"}),
             "another place": ("index", whole["index"] + 1), "no proof": ("proof", []), "another salt": ("salt", whole["salt"][::-1])}  # fmt: skip
    for what, (name, value) in edits.items():
        head.write_text(json.dumps({**whole, name: value}))
        done = server.entente("verify", head, "--key", key, check=False)
        assert done.returncode == 1, what
    head.write_text(json.dumps(whole))
    copy = tmp_path / "copy"
    shutil.copytree(log, copy)
    (copy / "checkpoint").write_text(json.loads(first.read_text())["checkpoint"])
    short = server.entente("verify", head, "--key", key, "--log", copy, check=False)
    assert short.returncode == 1, "a log from before the head"
