"""Files and batches through OpenAI's own Python SDK, with a local model and a simulated maker; and with kills in the middle:
nothing that was answered is lost, and nothing is asked twice unless nobody knows what became of it."""

import collections
import io
import json
import signal
import time

import openai
import pytest
from entente_server import MODEL, NO_END, eventually
from makers import deployment, model, provider
from mock import Plan

KEEP = 'files.keep = "1h"\n'


def client_of(server, key=None) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.url + "/v1", api_key=key or server.key, max_retries=0, timeout=60)


def chat_line(name, content="Hi", model=MODEL, **more) -> dict:
    body = {"model": model, "messages": [{"role": "user", "content": content}], "max_tokens": 4, "temperature": 0, **more}
    return {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}


def upload(client, lines, name="lines.jsonl"):
    text = "\n".join(json.dumps(line) if isinstance(line, dict) else line for line in lines)
    return client.files.create(file=(name, io.BytesIO(text.encode())), purpose="batch")


def start_batch(client, lines, endpoint="/v1/chat/completions", **more):
    return client.batches.create(input_file_id=upload(client, lines).id, endpoint=endpoint, completion_window="24h", **more)


def end_of(client, batch):
    def over():
        now = client.batches.retrieve(batch.id)
        return now if now.status in ("completed", "failed", "expired", "cancelled") else None

    return eventually("the batch is over", over, 100)


def results(client, file):
    return {line["custom_id"]: line for line in map(json.loads, client.files.content(file).text.splitlines())} if file else {}


@pytest.fixture(scope="module")
def keeping(tmp_path_factory, models):
    from entente_server import Server

    server = Server(tmp_path_factory.mktemp("server"), models, KEEP)
    yield server
    server.stop()


@pytest.fixture
def client(keeping):
    with client_of(keeping) as client:
        yield client


def test_a_file_is_kept_shown_and_deleted(client, keeping):
    text = "line one\nline two, é\n" * 1000
    file = client.files.create(file=("a b.jsonl", text.encode()), purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600})
    assert (file.object, file.filename, file.purpose, file.bytes) == ("file", "a b.jsonl", "batch", len(text.encode()))
    assert file.expires_at == file.created_at + 3600
    assert client.files.retrieve(file.id) == file and client.files.content(file.id).text == text
    second = upload(client, [chat_line("a")])
    assert [f.id for f in client.files.list(limit=2)][:2] == [second.id, file.id]
    assert [f.id for f in client.files.list(limit=1)].index(file.id) > 0, "pages follow one another"
    key = keeping.new_key("same project")
    eventually("the key is seen", lambda: keeping.get("/v1/models", key=key).status == 200)
    with client_of(keeping, key) as same:
        assert same.files.retrieve(file.id).id == file.id
    assert client.files.delete(file.id).deleted
    for gone in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            gone(file.id)
    with pytest.raises(openai.BadRequestError) as refused:
        client.files.create(file=("a.txt", b"x"), purpose="assistants")
    assert refused.value.param == "purpose"


def test_a_batch_is_done(client, keeping):
    lines = [chat_line(f"line {i}", f"Say {i}.", seed=i) for i in range(6)] + [chat_line("none", model="gpt-9"), chat_line("bad", top_p=7)]
    batch = start_batch(client, lines, metadata={"purpose": "test"})
    assert batch.status in ("validating", "in_progress") and batch.metadata == {"purpose": "test"}
    done = end_of(client, batch)
    assert done.status == "completed" and done.errors is None, done
    assert (done.request_counts.total, done.request_counts.completed, done.request_counts.failed) == (8, 6, 2)
    assert done.created_at <= done.in_progress_at <= done.finalizing_at <= done.completed_at < done.expires_at
    answers, failures = results(client, done.output_file_id), results(client, done.error_file_id)
    assert set(answers) == {f"line {i}" for i in range(6)} and set(failures) == {"none", "bad"}
    tokens = 0
    for name, line in answers.items():
        assert line["error"] is None and line["response"]["status_code"] == 200
        body = line["response"]["body"]
        assert body["object"] == "chat.completion" and body["choices"][0]["message"]["content"]
        tokens += body["usage"]["completion_tokens"]
        assert keeping.attempt_of(line["response"]["request_id"])["completion_tokens"] == body["usage"]["completion_tokens"]
    assert done.usage.output_tokens == tokens
    assert failures["none"]["response"]["status_code"] == 404
    assert failures["none"]["response"]["body"]["error"]["code"] == "model_not_found"
    assert failures["bad"]["response"]["body"]["error"]["param"] == "top_p"
    assert [b.id for b in client.batches.list(limit=5)][0] == batch.id
    file = client.files.retrieve(done.output_file_id)
    assert file.purpose == "batch_output" and file.filename.endswith("_output.jsonl")
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(batch.id)


@pytest.mark.parametrize("endpoint, body, kind", [
    ("/v1/completions", {"prompt": "A river", "max_tokens": 3}, "text_completion"),
    ("/v1/embeddings", {"input": ["a", "b"]}, "list"),
    ("/v1/responses", {"input": "Hi", "max_output_tokens": 3}, "response"),
])  # fmt: skip
def test_every_endpoint(client, endpoint, body, kind):
    line = {"custom_id": "x", "method": "POST", "url": endpoint, "body": {"model": MODEL, **body}}
    done = end_of(client, start_batch(client, [line], endpoint))
    assert done.status == "completed" and done.request_counts.completed == 1, done
    assert results(client, done.output_file_id)["x"]["response"]["body"]["object"] == kind
    assert done.usage.input_tokens > 0


def test_what_is_wrong_with_a_file_is_said_by_line(client):
    done = end_of(client, start_batch(client, [chat_line("a"), "{", chat_line("a"), {**chat_line("b"), "url": "/v1/embeddings"}]))
    assert done.status == "failed" and done.failed_at and done.output_file_id is None
    assert [(problem.line, problem.code) for problem in done.errors.data] == [
        (2, "invalid_json"), (3, "duplicate_custom_id"), (4, "mismatched_endpoint")]  # fmt: skip
    with pytest.raises(openai.NotFoundError):
        client.batches.create(input_file_id="file_none", endpoint="/v1/chat/completions", completion_window="24h")
    streamed = end_of(client, start_batch(client, [chat_line("s", stream=True)]))
    assert results(client, streamed.error_file_id)["s"]["response"]["body"]["error"]["param"] == "stream"


def test_nothing_is_kept_unless_the_configuration_says_so(server):
    with client_of(server) as client:
        for ask in (client.files.list, client.batches.list, lambda: upload(client, [chat_line("a")])):
            with pytest.raises(openai.BadRequestError) as refused:
                ask()
            assert "files.keep" in refused.value.message


def slow_maker(mocks, start_server, seconds, config=""):
    mock = mocks()
    mock.plan = Plan(before_headers=seconds)
    server = start_server(KEEP + config + provider("p", mock) + deployment("d", "p") + model("assistant", "d"), with_model=False)
    return mock, server


def times_asked(mock) -> collections.Counter:
    return collections.Counter(json.loads(r.body)["messages"][0]["content"] for r in mock.received)


def test_a_batch_is_cancelled(mocks, start_server):
    mock, server = slow_maker(mocks, start_server, 0.3)
    with client_of(server) as client:
        file = upload(client, [chat_line(f"{i}", f"{i}", model="assistant") for i in range(200)])
        batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
        eventually("some are answered", lambda: client.batches.retrieve(batch.id).request_counts.completed >= 4)
        with pytest.raises(openai.ConflictError):
            client.files.delete(file.id)
        assert client.batches.cancel(batch.id).status == "cancelling"
        done = end_of(client, batch)
        assert done.status == "cancelled" and done.cancelled_at >= done.cancelling_at
        answers, failures = results(client, done.output_file_id), results(client, done.error_file_id)
        assert len(answers) == done.request_counts.completed and len(answers) + len(failures) == 200
        assert {line["error"]["code"] for line in failures.values()} == {"batch_cancelled"}
        asked = times_asked(mock)
        assert set(asked) == set(answers) and set(asked.values()) == {1}
        client.files.delete(file.id)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_batch_goes_on_after_the_end_of_the_process(mocks, start_server, how):
    mock, server = slow_maker(mocks, start_server, 0.1)
    count = 60
    with client_of(server) as client:
        batch = start_batch(client, [chat_line(f"{i}", f"{i}", model="assistant") for i in range(count)])
    for rounds in range(1, 4):
        with client_of(server) as client:
            eventually("more are answered", lambda: client.batches.retrieve(batch.id).request_counts.completed >= 9 * rounds)
        server.stop(how)
        server.start()
    with client_of(server) as client:
        done = end_of(client, batch)
        assert done.status == "completed" and done.request_counts.completed == count, done
        answers = results(client, done.output_file_id)
        text = client.files.content(done.output_file_id).text
        assert len(answers) == len(text.splitlines()) == count, "each line has one answer"
        assert done.usage.output_tokens == sum(line["response"]["body"]["usage"]["completion_tokens"] for line in answers.values())
    asked = times_asked(mock)
    assert set(asked) == {f"{i}" for i in range(count)}
    again = {name: times for name, times in asked.items() if times > 1}
    unknown = sum(1 for attempt in server.attempts() if attempt["kind"] == "unknown")
    if how == signal.SIGKILL:
        assert sum(again.values()) - len(again) <= unknown, "asked again only where nobody knew the outcome"
    else:
        assert not again and unknown == 0, "a server that is told to stop lets what runs come to its end"


def test_results_that_cannot_be_read_are_tried_again_later_not_all_the_time(mocks, start_server):
    _, server = slow_maker(mocks, start_server, 0.1)
    with client_of(server) as client:
        batch = start_batch(client, [chat_line(f"{i}", f"{i}", model="assistant") for i in range(20)])
        eventually("some are answered", lambda: client.batches.retrieve(batch.id).request_counts.completed >= 2)
    server.stop(signal.SIGKILL)
    out = next(server.state.rglob(f"{batch.id}.out"))
    aside = out.rename(out.with_suffix(".aside"))
    out.mkdir()
    before = server.log_file.stat().st_size
    server.start()

    def complaints():
        return [line for line in server.log(before) if line["message"] == "A batch's results cannot be read."]

    eventually("it is said", complaints)
    time.sleep(1)
    assert len(complaints()) == 1
    server.stop()
    out.rmdir()
    aside.rename(out)
    server.start()
    with client_of(server) as client:
        assert end_of(client, batch).request_counts.completed == 20


def test_a_line_waits_for_room(mocks, start_server):
    mock, server = slow_maker(mocks, start_server, 0)
    mock.script(*[Plan(status=429, error="rate_limit", headers={"retry-after": "1"}) for _ in range(3)])
    with client_of(server) as client:
        done = end_of(client, start_batch(client, [chat_line(f"{i}", f"{i}", model="assistant") for i in range(4)]))
        assert done.request_counts.completed == 4, results(client, done.error_file_id)


def test_a_batch_makes_room_for_who_waits_and_goes_on_as_if_nothing_was(start_server):
    server = start_server(KEEP + "engine.sequences = 1\n")
    long = {"max_tokens": 400, "logit_bias": NO_END}
    with client_of(server) as client:
        alone = client.chat.completions.create(**{**chat_line("a", "Tell me of a river.")["body"], **long})
        batch = start_batch(client, [chat_line("a", "Tell me of a river.", **long)])
        eventually("its line runs", lambda: any(a["kind"] is None for a in server.attempts()))
        # The only sequence is the batch's: whoever waits for an answer gets it, and has it before the batch ends.
        for _ in range(3):
            assert client.chat.completions.create(**chat_line("b", "Say hello.")["body"]).choices[0].message.content
            assert client.batches.retrieve(batch.id).status == "in_progress"
        done = end_of(client, batch)
        (line,) = results(client, done.output_file_id).values()
    assert line["response"]["body"]["choices"][0]["message"]["content"] == alone.choices[0].message.content
    assert server.metric("entente_engine_parked_total") >= 1
