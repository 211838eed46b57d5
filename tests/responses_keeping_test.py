"""Responses that are kept: over a new start, a kill and a full disk; for their own project, and for their time."""

import json
import resource
import signal
import sqlite3
import threading

import openai
import pytest
from entente_server import eventually
from makers import client, deployment, model, provider
from mock import Plan

KEEP = 'responses.keep = "10min"'


@pytest.fixture
def keeping(mocks, start):
    """keeping(settings…): a server that keeps what its one simulated maker says."""

    def begin(*settings: str):
        mock = mocks()
        server = start(*(settings or (KEEP,)), provider("p", mock), deployment("d", "p"), model("assistant", "d"))
        server.mock = mock
        return server

    return begin


def ask(server, text="My name is Ada.", **more):
    """The answer; of a stream, what its last event says."""
    made = client(server).responses.create(model="assistant", input=text, **more)
    if not more.get("stream"):
        return made
    *_, last = made
    assert last.type in ("response.completed", "response.incomplete"), last
    return last.response


def kept_rows(server) -> int:
    with sqlite3.connect(f"file:{server.state / 'entente.db'}?mode=ro", uri=True) as store:
        return store.execute("SELECT count(*) FROM responses").fetchone()[0]


def gone(server, id: str) -> bool:
    with pytest.raises(openai.NotFoundError) as error:
        client(server).responses.retrieve(id)
    return error.value.code == "response_not_found"


def words_sent(received) -> list[str]:
    def text(content):
        return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)

    return [text(message["content"]) for message in received.json["messages"]]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_what_was_answered_is_there_after_a_new_start(keeping, how, stream):
    server = keeping()
    first = ask(server, instructions="Be brief.", stream=stream)
    server.stop(how)  # the client has its last byte: nothing else is waited for
    server.start()
    responses = client(server).responses
    again = responses.retrieve(first.id)
    assert first.store is True and again.to_dict() == first.to_dict()
    (item,) = responses.input_items.list(first.id)
    assert item.role == "user" and item.content[0].text == "My name is Ada."

    second = ask(server, "What is my name?", previous_response_id=first.id, stream=stream)
    assert words_sent(server.mock.received[-1]) == ["My name is Ada.", first.output_text, "What is my name?"]
    server.stop(how)
    server.start()
    responses = client(server).responses
    third = ask(server, "Truly?", previous_response_id=second.id)
    assert words_sent(server.mock.received[-1])[2:] == ["What is my name?", second.output_text, "Truly?"]

    responses.delete(first.id)
    with pytest.raises(openai.NotFoundError) as error:
        ask(server, "And now?", previous_response_id=first.id)
    assert error.value.param == "previous_response_id"
    server.stop(how)
    server.start()
    assert gone(server, first.id), "what was deleted stays so"
    assert client(server).responses.retrieve(third.id).output_text == third.output_text


def test_every_answer_that_came_to_its_end_is_there_after_a_kill(keeping):
    server = keeping()
    answered, enough = [], threading.Event()

    def go_on(number: int):
        while True:
            try:
                answered.append(ask(server, f"From {number}.", stream=number % 2 == 0).id)
            except (openai.OpenAIError, AssertionError, ValueError, OSError):
                return  # the kill
            if len(answered) >= 60:
                enough.set()

    threads = [threading.Thread(target=go_on, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    server.stop(signal.SIGKILL)
    for thread in threads:
        thread.join()
    server.start()
    for id in answered:
        assert client(server).responses.retrieve(id).id == id


def test_calls_of_tools_and_pictures_are_gone_on_from_after_a_new_start(keeping):
    server = keeping()
    picture = "data:image/png;base64,iVBORw0KGgo="
    first = ask(
        server,
        [
            {"role": "user", "content": [{"type": "input_text", "text": "Look:"}, {"type": "input_image", "image_url": picture}]},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "Sunny."},
        ],
    )
    server.stop(signal.SIGKILL)
    server.start()
    ask(server, "Well?", previous_response_id=first.id)
    messages = server.mock.received[-1].json["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "assistant", "user"]
    assert messages[0]["content"][1]["image_url"]["url"] == picture
    assert messages[1]["tool_calls"][0]["id"] == "c1" and messages[2]["content"] == "Sunny."


def test_nobody_else_reads_goes_on_from_or_deletes_it(keeping):
    server = keeping()
    first = ask(server)
    made = [("--project", "other"), ("--tenant", "other")]
    strangers = [json.loads(server.entente("keys", "create", f"other{i}", *where, "--json").stdout)["secret"]
                 for i, where in enumerate(made)]  # fmt: skip
    server.stop(signal.SIGKILL)
    server.start()
    for secret in strangers:
        other = client(server).with_options(api_key=secret).responses
        tries = [
            lambda: other.retrieve(first.id),
            lambda: list(other.input_items.list(first.id)),
            lambda: other.cancel(first.id),
            lambda: other.delete(first.id),
            lambda: other.create(model="assistant", input="Hi", previous_response_id=first.id),
            lambda: other.input_tokens.count(model="assistant", input="Hi", previous_response_id=first.id),
        ]
        for attempt in tries:
            with pytest.raises(openai.NotFoundError):
                attempt()
    assert client(server).responses.retrieve(first.id).id == first.id


def test_what_is_over_goes_by_itself(keeping):
    server = keeping('responses.keep = "1s"')
    first = ask(server)
    assert first.expires_at - first.created_at <= 1
    eventually("its time is over", lambda: server.get(f"/v1/responses/{first.id}").status == 404)
    eventually("it is off the disk", lambda: kept_rows(server) == 0)


def test_whoever_turns_keeping_off_has_nothing_kept(keeping):
    server = keeping()
    first = ask(server)
    assert kept_rows(server) == 1
    server.stop()
    server.configure(server.config.read_text().replace(KEEP, ""))
    server.start()
    assert kept_rows(server) == 0 and gone(server, first.id)


def test_what_is_deleted_is_nowhere_in_the_state_folder(keeping):
    server = keeping()
    secret = b"a word that nobody else uses"

    def on_disk() -> bool:
        return any(secret in file.read_bytes() for file in server.state.rglob("*") if file.is_file())

    first = ask(server, secret.decode() * 1000)
    assert on_disk()
    client(server).responses.delete(first.id)
    eventually("it is overwritten", lambda: not on_disk())


def test_room_is_made_by_the_oldest_of_whoever_keeps_most(keeping):
    server = keeping(KEEP, 'responses.room = "1MiB"')
    secret = json.loads(server.entente("keys", "create", "small", "--tenant", "small", "--json").stdout)["secret"]
    eventually("the key is known", lambda: server.get("/v1/models", key=secret).status == 200)
    small = client(server).with_options(api_key=secret).responses
    modest = small.create(model="assistant", input="Hi")
    made = [ask(server, f"{number}" * 150_000) for number in range(6)]  # each twice: its items, and the conversation
    here = [server.get(f"/v1/responses/{one.id}").status == 200 for one in made]
    assert here == [False, False, False, True, True, True]
    assert small.retrieve(modest.id).id == modest.id

    asked = len(server.mock.received)
    with pytest.raises(openai.BadRequestError) as refused:
        ask(server, "x" * 1_100_000, store=True)
    assert refused.value.param == "store" and "responses.room" in refused.value.message
    assert len(server.mock.received) == asked, "nobody was asked for it"
    assert ask(server, "x" * 1_100_000).store is False, "whoever did not ask for it has an answer that is not kept"
    with pytest.raises(openai.InternalServerError) as refused:  # twice this does not fit, as is found at its end
        ask(server, "x" * 900_000, store=True)
    assert refused.value.code == "response_not_kept" and "responses.room" in refused.value.message
    assert small.retrieve(modest.id).id == modest.id, "nothing went for what does not fit"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_full_disk_is_said_and_nothing_that_was_kept_is_lost(keeping, stream):
    server = keeping()
    first = ask(server)
    size = (server.state / "entente.db-wal").stat().st_size
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + 600_000, resource.RLIM_INFINITY))
    asked = len(server.mock.received)
    large = {"model": "assistant", "input": "x" * 1_000_000, "stream": stream}
    patient = client(server).with_options(max_retries=2)
    if stream:
        *_, last = patient.responses.create(**large)
        assert last.type == "response.failed" and last.response.error.code == "response_not_kept"
        assert '"store": false' in last.response.error.message
        failed = last.response.id
    else:
        with pytest.raises(openai.InternalServerError) as error:
            patient.responses.create(**large)
        assert error.value.status_code == 503 and error.value.code == "response_not_kept"
        assert '"store": false' in error.value.message
        failed = ""
    assert len(server.mock.received) == asked + 1, "it is not made, and paid, again"
    assert client(server).responses.retrieve(first.id).to_dict() == first.to_dict(), "reading goes on"
    if failed:
        assert gone(server, failed)

    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)
    eventually("the store takes writes again", lambda: server.get("/health/ready").status == 200)
    second = ask(server, "x" * 1_000_000, stream=stream)
    server.stop(signal.SIGKILL)
    server.start()
    for made in (first, second):
        assert client(server).responses.retrieve(made.id).to_dict() == made.to_dict()
    kinds = [attempt["kind"] for attempt in server.attempts()]
    assert kinds == ["answered"] * 3, "what was answered is recorded as answered, kept or not"


def test_a_client_that_leaves_in_the_middle_has_nothing_kept(keeping):
    server = keeping()
    server.mock.plan = Plan(pieces=("a",) * 200, between=0.05)
    stream = client(server).responses.create(model="assistant", input="Hi", stream=True)
    begun = next(iter(stream)).response
    stream.close()
    eventually("it is settled", lambda: [a["kind"] for a in server.attempts()] == ["cancelled"])
    assert begun.store is True and gone(server, begun.id) and kept_rows(server) == 0
