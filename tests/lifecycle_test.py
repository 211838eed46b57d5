"""Starting, stopping, reading the configuration again, being killed: nothing acknowledged is lost, no stream dropped."""

import http.client
import json
import os
import re
import signal
import threading
import time

import pytest
from entente_server import ENDLESS, MODEL, Stream, eventually, question

@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_stops_at_once(start_server, how):
    server = start_server(with_model=False)
    kept = server.connection()
    kept.request("GET", "/health/live", headers={})
    kept.getresponse().read()
    began = time.monotonic()
    assert server.stop(how) == 0
    assert time.monotonic() - began < 10
    assert not (server.state / "server.pid").exists()


def test_sigterm_lets_a_running_stream_end(start_server):
    server = start_server('server.drain_time = "60s"\n')
    stream = Stream(server, ENDLESS | {"max_tokens": 60})
    stream.next()
    stopped = threading.Thread(target=server.stop)
    stopped.start()
    events = stream.rest()
    assert events[-1] == "[DONE]"
    assert json.loads(events[-2])["choices"][0]["finish_reason"] == "length"
    stopped.join()
    assert server.process.returncode == 0
    assert server.attempts()[-1]["kind"] == "answered"


def test_what_does_not_end_in_time_is_cut_and_settled(start_server):
    server = start_server('server.drain_time = "200ms"\n')
    stream = Stream(server, ENDLESS)
    stream.next()
    assert server.stop() == 0
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        while stream.response.read1(65536):  # the last chunk never comes
            pass
    last = server.attempts()[-1]
    assert last["kind"] == "cancelled" and 0 < last["completion_tokens"] < 1500


def test_a_killed_server_tells_the_next_what_is_unknown(start_server):
    server = start_server()
    stream = Stream(server, ENDLESS)
    stream.next()
    answered = server.chat(question(max_tokens=2))
    server.stop(signal.SIGKILL)
    assert {a["request"]: a["kind"] for a in server.attempts()} == {
        stream.request_id: None,
        answered.headers["x-request-id"]: "answered",
    }
    server.start()
    assert {a["request"]: a["kind"] for a in server.attempts()} == {
        stream.request_id: "unknown",
        answered.headers["x-request-id"]: "answered",
    }
    assert any("recorded as unknown" in line["message"] for line in server.log())
    assert server.chat(question()).status == 200, "the key works and the model answers"


def test_two_servers_on_one_state_folder(start_server):
    server = start_server(with_model=False)
    second = server.entente("serve", check=False)
    assert second.returncode == 1
    assert second.stderr.strip().splitlines()[-1].startswith("entente: Another Entente serves from")
    assert "Traceback" not in second.stderr and server.get("/health/live").status == 200


def reread(server) -> dict:
    """Asks the server to read its configuration, and waits until it has said what it made of it."""

    def said():
        return [line for line in server.log() if "configuration was" in line["message"]]

    before = len(said())
    server.process.send_signal(signal.SIGHUP)
    return eventually("the configuration is read", lambda: said()[before:])[0]


def test_sighup_takes_a_good_file_and_drops_no_stream(start_server):
    server = start_server()
    stream = Stream(server, question("Tell me a long story.", max_tokens=60, stream=True))
    stream.next()
    server.configure('server.allowed_hosts = ["ai.example.org"]\n')
    assert server.get("/health/live", headers={"Host": "ai.example.org"}).status == 421
    assert "read again" in reread(server)["message"]
    assert server.get("/health/live", headers={"Host": "ai.example.org"}).status == 200
    assert stream.rest()[-1] == "[DONE]"


def test_sighup_with_a_broken_file_changes_nothing(start_server):
    server = start_server('server.allowed_hosts = ["ai.example.org"]\n')
    stream = Stream(server, question("Tell me a long story.", max_tokens=60, stream=True))
    stream.next()
    for broken in (
        "server.allowed_hosts = [",
        "server.alowed_hosts = []",
        'server.allowed_hosts = ["x"]\nserver.drain_time = -1',
    ):
        server.configure(broken + "\n")
        said = reread(server)
        assert said["level"] == "error" and "the old one stays" in said["message"]
        assert said["error"]
        assert server.get("/health/live", headers={"Host": "ai.example.org"}).status == 200
    assert stream.rest()[-1] == "[DONE]"


def test_config_reload_asks_the_running_server(start_server):
    server = start_server(with_model=False)
    server.configure('server.allowed_hosts = ["ai.example.org"]\n')
    server.entente("config", "reload")
    eventually(
        "the new name is answered to",
        lambda: server.get("/health/live", headers={"Host": "ai.example.org"}).status == 200,
    )


def test_a_port_in_use_is_one_sentence(start_server, home):
    server = start_server(with_model=False)
    port = server.url.rsplit(":", 1)[1]
    home.configure(f'server.listen = ["127.0.0.1:{port}"]\n')
    second = home.entente("serve", check=False)
    assert second.returncode == 1
    assert "Another program listens there" in second.stderr.strip().splitlines()[-1]


def test_a_wrong_configuration_is_one_sentence(home):
    home.configure('server.listn = ["127.0.0.1:0"]\nserver.listen = ["127.0.0.1:0"]\n')
    refused = home.entente("serve", check=False)
    assert refused.returncode == 1
    assert re.fullmatch(
        r'entente: .*/entente.toml:\d+:\d+: .*"server.listn"; did you mean "server.listen"\?\n', refused.stderr
    )


def test_models_come_and_go_beside_a_running_server(start_server, tmp_path):
    server = start_server(models_folder=tmp_path / "models")
    assert server.get("/v1/models").json["data"] == []
    missing = server.chat(question())
    assert missing.status == 404 and "No model is installed" in missing.json["error"]["message"]
    server.entente("models", "import", os.environ["ENTENTE_TEST_MODEL"], "--name", MODEL)
    eventually("the model is listed", lambda: [m["id"] for m in server.get("/v1/models").json["data"]] == [MODEL])
    assert server.chat(question()).status == 200, "it is loaded at its first use"
    server.entente("models", "rm", MODEL)
    eventually("the model is gone", lambda: server.get("/v1/models").json["data"] == [])
    assert server.chat(question()).status == 404
