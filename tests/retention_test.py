"""How long what is kept: records, what adds up, and the published part of the log, each class for as long as the configuration says."""

import json
from urllib.parse import quote

from day_heads_test import DAY, at
from entente_server import eventually
from makers import client
from subjects_test import ask, listed, one, receipt_of


def mirrored(server, folder, paths: list[str]) -> list[str]:
    """Files of the log as whoever follows it fetches them; those that are not to be had."""
    missing = []
    for path in paths:
        answer = server.get("/log/" + quote(path))
        if answer.status == 404:
            assert path.startswith("tile/") and answer.json["error"]["code"] == "log_pruned", answer.text
            missing.append(path)
            continue
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(answer.body)
    return missing


def verified(server, folder, *more) -> dict:
    key = server.get("/log/public-key", key=None).text
    return json.loads(server.entente("verify", folder, "--key", key, "--json", *more, check=False).stdout)


def test_a_log_is_published_for_as_long_as_the_configuration_says(mocks, start, tmp_path):
    """What is older is denied, not deleted: what is left can be checked, and receipts prove what they proved."""
    _, server = one(mocks, start, 'audit.tiles = "key"\n')
    first = ask(server)
    for _ in range(300):
        client(server).chat.completions.create(model="assistant", messages=[{"role": "user", "content": "Hi"}])
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(receipt_of(server, first)))
    assert server.get("/log/retention", key=None).json == {
        "minimum_index": 0, "published_for_seconds": 0, "policy": "Entries are published for good."}  # fmt: skip
    assert server.get("/log/tile/entries/000").status == 200

    server.config.write_text('audit.publish_for = "1s"\n' + server.config.read_text())
    server.entente("config", "reload")
    told = eventually("time goes by", lambda: (now := server.get("/log/retention", key=None).json)["minimum_index"] > 600 and now)
    assert told["published_for_seconds"] == 1 and told["policy"].startswith("Entries are published for 1 second after")
    size = int(server.get("/log/checkpoint").text.splitlines()[1])
    assert told["minimum_index"] == size
    last = f"002.p/{size - 512}"
    fetched = tmp_path / "mirror"
    missing = mirrored(server, fetched, ["checkpoint", f"tile/entries/{last}", f"tile/0/{last}", "tile/1/000.p/2",
                                         "tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001"])  # fmt: skip
    assert missing == ["tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001"]
    found = verified(server, fetched, "--from", "600")
    assert (found["intact"], found["complete"], found["from"], found["entries"]) == (True, True, 512, size), found
    assert found["attempts"] > 0
    assert not verified(server, fetched)["intact"], "from the beginning, it cannot be seen"
    bundle = fetched / f"tile/entries/{last}"
    bundle.write_bytes(bundle.read_bytes().replace(b'"outcome"', b'"outcame"', 1))
    assert not verified(server, fetched, "--from", "600")["intact"]

    assert verified(server, server.state / "log")["complete"], "here it is whole"
    key = server.state / "log/public-key"
    assert "signature  holds" in server.entente("verify", receipt, "--key", key).stdout
    assert receipt_of(server, first)["checkpoint"], "and is made anew"


def test_what_adds_up_goes_after_the_records(mocks, start, shifted_clock):
    _, server = one(mocks, start, 'audit.keep = "1d"\naudit.keep_accounts = "62d"\n')
    old, held = ask(server, "amina"), ask(server, "bineta")
    receipt_of(server, held)
    server.entente("subjects", "hold", "bineta", "--ground", "a court asked")

    def counted() -> int:
        rows = json.loads(server.entente("usage", "--days", "1000", "--json").stdout)
        return sum(row["attempts"] for row in rows)

    at(server, shifted_clock, DAY * 3)
    eventually("the record is gone", lambda: server.get(f"/v1/receipts/{old}").json.get("error", {}).get("code") == "erased")
    assert counted() == 2, "what it cost is known"
    at(server, shifted_clock, DAY * 70)
    eventually("nobody knows of it any more", lambda: server.get(f"/v1/receipts/{old}").json.get("error", {}).get("code") == "not_found")
    assert counted() == 1 and server.get(f"/v1/receipts/{held}").status == 200
    assert "amina" not in listed(server)
    checked = server.entente("verify", "--json", check=False)
    assert json.loads(checked.stdout)["complete"], checked.stdout
