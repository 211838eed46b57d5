"""The server is killed before one of its writes, and the next time before a later one, while it hedges and fails over: what was
sent has its intent, what was told has its receipt, and the log is whole. ENTENTE_KILL_STEPS=1 kills it before each write."""

import http.client
import json
import os
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from entente_server import ROOT, eventually
from makers import chat, deployment, model, provider
from mock import Plan

STEPS = int(os.environ.get("ENTENTE_KILL_STEPS", "5"))  # from one kill to the next


@pytest.fixture(scope="session")
def kill_at_write(tmp_path_factory):
    library = tmp_path_factory.mktemp("kill") / "kill_at_write.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, ROOT / "tests/kill_at_write.c"], check=True)
    return library


def ask(server, name: str) -> str | None:
    """The request's id, when it was answered to its end."""
    try:
        answer = server.chat(chat(model=name))
    except (OSError, http.client.HTTPException):
        return None
    return answer.headers["x-request-id"] if answer.status == 200 and answer.json["usage"] else None


def told_before_the_kill(server, library, step: int) -> tuple[list[str], bool]:
    """Starts it to be killed before its `step`-th write. Which of six requests were answered, and whether it lived."""
    server.environment |= {"LD_PRELOAD": str(library), "KILL_AT_WRITE": str(step)}
    try:
        server.start()
    except (AssertionError, OSError, http.client.HTTPException):
        return [], False  # before it listened
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda name: ask(server, name), ["hedged", "falling"] * 3))
    return [one for one in told if one], server.process.poll() is None


def test_a_kill_before_any_write_loses_nothing_that_was_told(mocks, start, kill_at_write):
    slow, failing, good = mocks(3)
    slow.plan, failing.plan = Plan(before_first=0.06), Plan(status=500)
    server = start(provider("slow", slow), provider("failing", failing), provider("good", good),
                   deployment("slow", "slow"), deployment("failing", "failing"), deployment("good", "good"),
                   model("hedged", "slow", "good", hedge_after="20ms"), model("falling", "failing", "good"))  # fmt: skip
    told, kills, step, lived = [], 0, 1, 0
    while lived < 3:  # how many writes there are differs a little from time to time
        server.stop()
        more, alive = told_before_the_kill(server, kill_at_write, step)
        told += more
        server.stop()
        if alive:
            lived += 1
        else:
            kills, lived = kills + 1, 0
        del server.environment["LD_PRELOAD"], server.environment["KILL_AT_WRITE"]
        server.start()

        def whole():
            found = json.loads(server.entente("verify", "--json", check=False).stdout)
            return found if found.get("running") == 0 else None

        found = eventually(f"what the kill before write {step} left is closed", whole)
        assert (found["intact"], found["complete"]) == (True, True), (step, found)
        sent = {"slow": len(slow.received), "failing": len(failing.received), "good": len(good.received)}
        meant = Counter(attempt["deployment"] for attempt in server.attempts())
        assert all(meant[name] >= count for name, count in sent.items()), (step, sent, meant)
        for request in more:
            receipt = eventually("it is in the log", lambda: (got := server.get(f"/v1/receipts/{request}")).json.get("checkpoint") and got.json)  # noqa: B023
            assert receipt["attempts"][-1]["outcome"], (step, receipt)
        step += STEPS
    assert kills > 5 and told, (kills, told)
    print(f"{kills} kills, {len(told)} answers told, the last step {step}")
