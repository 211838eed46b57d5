"""What an answer took of energy, from counters as Linux shows them: told in its receipt, and nowhere guessed."""

import threading
import time

import pytest
from entente_server import eventually, question

WATTS = 40


@pytest.fixture
def counters(tmp_path):
    """A folder like /sys/class/powercap of a machine that consumes 40 watts in one package, until the test has ended."""
    package = tmp_path / "powercap" / "intel-rapl:0"
    package.mkdir(parents=True)
    (package / "name").write_text("package-0\n")
    (package / "max_energy_range_uj").write_text("262143328850\n")
    file = (package / "energy_uj").open("w")
    over = threading.Event()

    def count():
        while not over.is_set():
            file.seek(0)
            file.write(f"{int(time.monotonic() * 1e6 * WATTS):020}\n")
            file.flush()
            time.sleep(0.0005)

    thread = threading.Thread(target=count)
    thread.start()
    yield package.parent
    over.set()
    thread.join()
    file.close()


def outcome_of(server, request: str) -> dict:
    def ended():
        receipt = server.get(f"/v1/receipts/{request}")
        return receipt.status == 200 and receipt.json["attempts"][-1]["outcome"]

    return eventually("its outcome is known", ended)["record"]


def joules(server) -> float:
    return server.get("/engines").json["engines"][0]["joules"]


def test_a_receipt_says_what_an_answer_took(start_server, counters, tmp_path):
    server = start_server(f'engine.energy_counters = "{counters}"\n')
    answers = [server.chat(question(max_tokens=n, temperature=0)) for n in (60, 2)]
    long, short = (outcome_of(server, answer.headers["x-request-id"])["energy_mj"] / 1000 for answer in answers)
    assert 0 < short < long
    assert long + short == pytest.approx(joules(server), rel=0.02), "all that was computed was theirs"
    assert server.metric("entente_engine_energy_joules_total") == pytest.approx(joules(server), rel=0.02)
    seconds = server.get("/engines").json["engines"][0]["step_seconds"]
    assert joules(server) == pytest.approx(seconds * WATTS, rel=0.3)
    assert " J;" in server.entente("ps").stdout

    request = answers[0].headers["x-request-id"]
    file = tmp_path / "receipt.json"
    file.write_text(server.get(f"/v1/receipts/{request}").text)
    key = server.get("/log/public-key").text.splitlines()[0]
    assert f"energy     {long:.1f} J of this machine's processors" in server.entente("verify", file, "--key", key).stdout


def test_answers_that_share_steps_share_what_they_took(start_server, counters):
    server = start_server(f'engine.energy_counters = "{counters}"\nengine.sequences = 4\n')
    requests = []

    def ask():
        requests.append(server.chat(question(max_tokens=40, temperature=0)).headers["x-request-id"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = [outcome_of(server, request)["energy_mj"] / 1000 for request in requests]
    assert sum(took) == pytest.approx(joules(server), rel=0.02)


@pytest.mark.parametrize("folder", ["", "/nowhere"])
def test_what_is_not_measured_is_not_told(start_server, folder):
    server = start_server(f'engine.energy_counters = "{folder}"\n')
    answer = server.chat(question(max_tokens=5))
    assert "energy_mj" not in outcome_of(server, answer.headers["x-request-id"])
    assert "joules" not in server.get("/engines").json["engines"][0]
    assert "entente_engine_energy_joules_total{" not in server.get("/metrics").text
