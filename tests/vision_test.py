"""Pictures for models of this machine: a tiny model and a tiny projector of random weights, judged by Debian's llama-server
with the same files; in every dialect, counted, kept apart, and refused where they are none."""

import base64
import re
import struct
import threading
import zlib

import anthropic
import ollama
import openai
import pytest
import tiny_model
from entente_server import Home, Server

PLACES = 16  # of a picture: (56 / 14)²
SIZE = 24  # tokens of an answer


def png(width=40, height=40, shade=100) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(v for x in range(width) for v in (x * 6 % 256, y * 6 % 256, shade)) for y in range(height))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def address_of(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode()


def parts(*what) -> list:
    """Texts as they are, pictures as bytes."""
    return [{"type": "text", "text": one} if isinstance(one, str) else {"type": "image_url", "image_url": {"url": address_of(one)}}
            for one in what]  # fmt: skip


QUESTIONS = [
    ("Look: ", png(), " what is it?"),
    (png(64, 30, 200), "And this?"),
    ("Two: ", png(), " and ", png(shade=250), " differ."),
    ("Only words.",),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    return tiny_model.write(folder / "tiny.gguf"), tiny_model.write_projector(folder / "eyes.gguf")


def seeing(tmp_path_factory, model, eyes, more="") -> Server:
    models = tmp_path_factory.mktemp("models")
    Home(tmp_path_factory.mktemp("import"), models).entente("models", "import", model, "--name", "tiny")
    config = f'engine.preload = ["tiny"]\n{more}\n[[engine.models]]\nname = "tiny"\nprojector = "{eyes}"\n'
    return Server(tmp_path_factory.mktemp("server"), models, config)


@pytest.fixture(scope="module")
def server(tmp_path_factory, files):
    server = seeing(tmp_path_factory, *files)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def client(server):
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=60) as client:
        yield client


def ask(client, *what, **more):
    body = {"messages": [{"role": "user", "content": parts(*what)}], "max_tokens": SIZE, "temperature": 0, **more}
    return client.chat.completions.create(model="tiny", **body)


def readable(said: str) -> str:
    """Bytes that are no text are shown in as many pieces as everybody likes."""
    return re.sub("\ufffd+", "\ufffd", said)


def test_the_peer_sees_the_same(client, files, judge):
    peer = judge(files[0], "--mmproj", files[1], "--jinja")
    for question in QUESTIONS:
        ours = ask(client, *question)
        theirs = peer("/v1/chat/completions", {"messages": [{"role": "user", "content": parts(*question)}], "max_tokens": SIZE,
                                               "temperature": 0})  # fmt: skip
        assert readable(ours.choices[0].message.content) == readable(theirs["choices"][0]["message"]["content"]), question[0]
        assert ours.usage.prompt_tokens == theirs["usage"]["prompt_tokens"]


def test_a_picture_counts_as_its_places(client):
    without = ask(client, "Look: ", " what is it?").usage.prompt_tokens
    assert ask(client, "Look: ", png(), " what is it?").usage.prompt_tokens == without + PLACES


def test_another_picture_is_another_answer_and_the_same_one_is_known(client):
    one = ask(client, "Which is it? ", png(shade=7), " Say it.")
    other = ask(client, "Which is it? ", png(shade=207), " Say it.")
    assert one.choices[0].message.content != other.choices[0].message.content
    again = ask(client, "Which is it? ", png(shade=7), " Say it.")
    assert again.choices[0].message.content == one.choices[0].message.content
    assert again.usage.prompt_tokens_details.cached_tokens > PLACES, "the picture was computed before"
    assert other.usage.prompt_tokens_details.cached_tokens < PLACES + 20, "a picture's beginning is no other's"


def test_every_dialect_shows_it(server, client):
    picture = png(shade=33)
    wanted = ask(client, picture, "What?").choices[0].message.content
    packed = base64.b64encode(picture).decode()
    with anthropic.Anthropic(base_url=server.url, api_key=server.key, max_retries=0) as sdk:
        content = [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": packed}},
                   {"type": "text", "text": "What?"}]  # fmt: skip
        said = sdk.messages.create(model="tiny", max_tokens=SIZE, extra_body={"temperature": 0},
                                   messages=[{"role": "user", "content": content}])  # fmt: skip
        assert said.content[0].text == wanted
        counted = sdk.messages.count_tokens(model="tiny", messages=[{"role": "user", "content": content}])
        assert counted.input_tokens == said.usage.input_tokens + (said.usage.cache_read_input_tokens or 0)
    content = [{"type": "input_image", "image_url": address_of(picture)}, {"type": "input_text", "text": "What?"}]
    response = client.responses.create(model="tiny", input=[{"role": "user", "content": content}], max_output_tokens=SIZE, temperature=0)
    assert response.output_text == wanted
    sdk = ollama.Client(host=server.url, headers={"Authorization": f"Bearer {server.key}"})
    told = sdk.chat("tiny", [{"role": "user", "content": "What?", "images": [picture]}], options={"num_predict": SIZE, "temperature": 0})
    assert told.message.content in (wanted, ask(client, "What?", picture).choices[0].message.content)


def test_streams_with_pictures_beside_each_other_do_not_mix(client):
    questions = [(f"Number {i}: ", png(shade=i * 11), "?") if i % 3 else (f"Number {i}, in words only.",) for i in range(12)]
    alone = [ask(client, *q).choices[0].message.content for q in questions]
    said = [""] * len(questions)

    def listen(i):
        for chunk in ask(client, *questions[i], stream=True):
            said[i] += (chunk.choices[0].delta.content or "") if chunk.choices else ""

    threads = [threading.Thread(target=listen, args=(i,)) for i in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == alone


def test_several_answers_to_one_picture(client):
    answer = ask(client, png(), "What?", n=3, temperature=1, seed=4)
    assert len(answer.choices) == 3 and answer.usage.prompt_tokens < 60


HUGE = png()[:16] + struct.pack(">II", 60_000, 60_000) + png()[24:]


@pytest.mark.parametrize("address, what", [
    (address_of(b"GIF89a" + b"\0" * 30), "neither PNG nor JPEG"),
    (address_of(png()[:60]), "damaged"),
    (address_of(HUGE), "60000 × 60000 pixels"),
    (address_of(b"RIFF\0\0\0\0WAVEfmt "), "neither PNG nor JPEG"),
    ("http://127.0.0.1/a.png", "not fetched"),
], ids=["gif", "cut", "huge", "sound", "address"])  # fmt: skip
def test_what_is_no_picture_is_refused(client, address, what):
    content = [{"type": "image_url", "image_url": {"url": address}}]
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="tiny", messages=[{"role": "user", "content": content}], max_tokens=1)
    assert what in refused.value.message
    assert ask(client, "Still there?").choices


def test_more_pictures_than_fit_are_too_long(client):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, *[png(shade=i) for i in range(200)])
    assert refused.value.code == "context_length_exceeded"


def test_a_projector_that_cannot_be_loaded_is_named_and_the_model_reads_all_the_same(tmp_path_factory, files):
    blind = seeing(tmp_path_factory, files[0], files[0])  # a language model is no projector
    try:
        with openai.OpenAI(base_url=blind.url + "/v1", api_key=blind.key, max_retries=0) as sdk:
            assert ask(sdk, "Words.").choices[0].message
            with pytest.raises(openai.BadRequestError) as refused:
                ask(sdk, png())
            assert "reads text only" in refused.value.message and "tiny.gguf cannot be loaded" in refused.value.message
    finally:
        blind.stop()
