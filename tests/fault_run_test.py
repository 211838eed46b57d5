"""One request in five meets a fault: none is lost, each is billed once."""

import faults
from entente_server import eventually
from makers import deployment, model, provider
from mock import Plan

COUNT = 600


def test_nothing_is_lost_and_everything_is_billed_once(mocks, start):
    failing, healthy = mocks(2)
    failing.choose = faults.one_in_five(seed=7)
    healthy.plan = Plan(usage=faults.USAGE)
    server = start(provider("p1", failing, headers_time="5s", first_token_time="5s", between_tokens_time="5s"),
                   provider("p2", healthy), deployment("d1", "p1"), deployment("d2", "p2"), model("assistant", "d1", "d2"))  # fmt: skip
    seen = faults.ask_many(server.url, server.key, COUNT)
    assert seen.lost == 0 and seen.answered + seen.told == COUNT
    assert 0 < seen.told < COUNT * 0.12, "only what breaks after the first word reaches the client"

    def settled():
        record = faults.recorded(server.state / "entente.db")
        return record if "none" not in record["kinds"] else None

    record = eventually("every attempt has its outcome", settled)
    assert record["kinds"]["answered"] == seen.answered
    assert record["answered twice"] == 0
    assert record["tokens"] == (11 * seen.answered, 4 * seen.answered)
    # What was sent is what was recorded: no attempt without a request, no request without an attempt.
    assert sum(record["kinds"].values()) == len(failing.received) + len(healthy.received)
