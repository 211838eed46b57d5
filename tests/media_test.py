"""Pictures, speech and moderations with OpenAI's own library: first at the simulated makers, which it judges so, then through
Entente, which must give the same; and what rules, receipts and mistakes are to work of these kinds."""

import base64
import hashlib
import json

import openai
import pytest
from entente_server import MODEL, eventually
from makers import client, deployment, model, provider, settled
from mock import AZURE, OPENAI, Plan, Usage
from mock.media import changed_of, form_of, picture_of, sound_of

WAV = ("speech.wav", b"RIFF" + bytes(range(256)) * 20)
TEXT = "Hello, wörld!"
PNG, OTHER, MASK = (b"\x89PNG\r\n\x1a\n" + bytes([shade]) + bytes(range(256)) * 9 for shade in range(3))
JPEG, WEBP = b"\xff\xd8\xff\xe0" + PNG, b"RIFF\x00\x10\x00\x00WEBP" + PNG


def served(start, mock, kind="openai", maker_model="gpt-media", **more):
    return start(provider("p", mock, kind, **more), deployment("d", "p", model=maker_model), model("media", "d"))


@pytest.fixture(params=["the maker", "openai", "azure", "azure v1", "entente"])
def reached(request, mocks, start):
    """A client of OpenAI's library and the model it asks for: at the maker itself, or at us in front of it."""
    azure = request.param.startswith("azure")
    mock = mocks(maker=AZURE if azure else OPENAI)
    if request.param == "the maker":
        yield openai.OpenAI(base_url=mock.url + "/v1", api_key=mock.key, max_retries=0), "gpt-media", mock
        return
    if request.param == "openai":
        server = served(start, mock)
    elif azure:
        version = "2025-04-01-preview" if request.param == "azure" else None
        server = served(start, mock, "azure-openai", endpoint=mock.url, api_version=version)
    else:
        inner = served(start, mock)
        (mock.folder / "inner").write_text(inner.key)
        settings = {"endpoint": inner.url + "/v1", "api_key": f"file:{mock.folder / 'inner'}"}
        server = served(start, mock, "entente", maker_model="media", **settings)
    yield client(server), "media", mock


def test_pictures_come_as_they_were_made(reached):
    sdk, name, mock = reached
    mock.plan = Plan(usage=Usage(9, 300))
    made = sdk.images.generate(model=name, prompt="A river", n=2, size="1024x1024", quality="high", background="opaque",
                               output_format="png")  # fmt: skip
    assert [base64.b64decode(one.b64_json) for one in made.data] == [picture_of("A river", 0), picture_of("A river", 1)]
    assert (made.size, made.quality, made.background, made.output_format) == ("1024x1024", "high", "opaque", "png")
    assert (made.usage.input_tokens, made.usage.output_tokens, made.usage.total_tokens) == (9, 300, 309)
    assert mock.received[-1].json["size"] == "1024x1024" and "stream" not in mock.received[-1].json


def test_sketches_come_before_the_picture(reached):
    sdk, name, mock = reached
    mock.plan = Plan(usage=Usage(9, 300))
    events = list(sdk.images.generate(model=name, prompt="A river", stream=True, partial_images=2))
    assert [e.type for e in events] == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]
    assert [e.partial_image_index for e in events[:2]] == [0, 1]
    assert [base64.b64decode(e.b64_json) for e in events] == [
        picture_of("A river", 0, 0), picture_of("A river", 0, 1), picture_of("A river", 0)]  # fmt: skip
    assert events[-1].usage.output_tokens == 300 and events[0].size == "1024x1024"


def test_a_picture_is_changed(reached):
    sdk, name, mock = reached
    mock.plan = Plan(usage=Usage(9, 300))
    made = sdk.images.edit(model=name, image=("a.png", PNG), mask=("where.png", MASK), prompt="Make it évening", n=2,
                           size="1024x1024", quality="high", background="opaque", output_format="jpeg",
                           output_compression=50, input_fidelity="high", user="u1")  # fmt: skip
    shows = changed_of("Make it évening", [PNG], MASK)
    assert [base64.b64decode(one.b64_json) for one in made.data] == [picture_of(shows, 0), picture_of(shows, 1)]
    assert (made.size, made.quality, made.background, made.output_format) == ("1024x1024", "high", "opaque", "jpeg")
    assert (made.usage.input_tokens, made.usage.output_tokens) == (9, 300)
    assert (made.usage.input_tokens_details.image_tokens, made.usage.input_tokens_details.text_tokens) == (1, 8)
    sent = form_of(mock.received[-1])
    assert (sent["input_fidelity"], sent["output_compression"], sent["n"]) == (["high"], ["50"], ["2"])
    assert sent["image"] == [("a.png", PNG, "image/png")] and sent["mask"] == [("where.png", MASK, "image/png")]

    several = [("a.png", PNG), ("b.jpg", JPEG), ("c.webp", WEBP), ("d.png", OTHER)]
    made = sdk.images.edit(model=name, image=several, prompt="Together")
    shows = changed_of("Together", [PNG, JPEG, WEBP, OTHER])
    assert base64.b64decode(made.data[0].b64_json) == picture_of(shows, 0), "their order is theirs"


def test_sketches_of_a_changed_picture_come_before_it(reached):
    sdk, name, mock = reached
    mock.plan = Plan(usage=Usage(9, 300))
    events = list(sdk.images.edit(model=name, image=("a.png", PNG), prompt="Evening", stream=True, partial_images=2))
    shows = changed_of("Evening", [PNG])
    assert [e.type for e in events] == ["image_edit.partial_image"] * 2 + ["image_edit.completed"]
    assert [base64.b64decode(e.b64_json) for e in events] == [
        picture_of(shows, 0, 0), picture_of(shows, 0, 1), picture_of(shows, 0)]  # fmt: skip
    assert events[-1].usage.output_tokens == 300 and events[-1].usage.input_tokens_details.image_tokens == 1


def test_a_picture_is_varied(reached):
    sdk, name, mock = reached
    made = sdk.images.create_variation(model=name, image=("a.png", PNG), n=2, size="512x512")
    shows = changed_of("", [PNG])
    assert [base64.b64decode(one.b64_json) for one in made.data] == [picture_of(shows, 0), picture_of(shows, 1)]
    assert form_of(mock.received[-1])["size"] == ["512x512"]


def test_speech_comes_piece_by_piece_as_a_file(reached):
    sdk, name, mock = reached
    spoken = sdk.audio.speech.create(model=name, input=TEXT, voice="alloy", response_format="wav", speed=1.5, instructions="Softly.")
    assert spoken.content == sound_of(TEXT, "alloy")
    assert spoken.response.headers["content-type"] == "audio/wav"
    with sdk.audio.speech.with_streaming_response.create(model=name, input=TEXT, voice="alloy") as stream:
        assert stream.headers["content-type"] == "audio/mpeg"
        assert b"".join(stream.iter_bytes()) == sound_of(TEXT, "alloy")
    with sdk.audio.speech.with_streaming_response.create(model=name, input=TEXT, voice="alloy", stream_format="sse") as stream:
        events = [json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: ")]
    assert b"".join(base64.b64decode(e["audio"]) for e in events[:-1]) == sound_of(TEXT, "alloy")
    assert events[-1]["type"] == "speech.audio.done" and events[-1]["usage"]["input_tokens"] > 0
    sent = mock.received[0].json
    assert (sent["voice"], sent["speed"], sent["instructions"], sent["response_format"]) == ("alloy", 1.5, "Softly.", "wav")


def test_a_transcript_comes_whole_and_as_a_stream(reached):
    sdk, name, mock = reached
    whole = sdk.audio.transcriptions.create(file=WAV, model=name, language="en", prompt="Names: Wörld", temperature=0.25,
                                            include=["logprobs"], chunking_strategy="auto")  # fmt: skip
    assert whole.text == TEXT and [t.token for t in whole.logprobs] == ["Hello", ", ", "wörld", "!"]
    assert whole.logprobs[0].logprob == -0.5
    if mock.received[-1].headers["content-type"] and name == "media":
        assert WAV[1] in mock.received[-1].body and b'filename="speech.wav"' in mock.received[-1].body
    assert sdk.audio.transcriptions.create(file=WAV, model=name, response_format="text") == TEXT + "\n"
    events = list(sdk.audio.transcriptions.create(file=WAV, model=name, stream=True, include=["logprobs"]))
    assert "".join(e.delta for e in events[:-1]) == TEXT and len(events) == 5
    assert events[-1].type == "transcript.text.done" and events[-1].text == TEXT
    assert events[0].logprobs[0].token == "Hello"
    assert events[-1].usage.input_tokens == 11


def test_moderations_come_as_the_maker_judged(reached):
    sdk, name, mock = reached
    if mock.maker is AZURE:
        pytest.skip("Azure has no moderations under this path")
    judged = sdk.moderations.create(model=name, input=["all is well", "this is hate and violence"])
    assert [one.flagged for one in judged.results] == [False, True]
    assert judged.results[1].categories.hate and judged.results[1].categories.violence
    assert not judged.results[1].categories.self_harm_intent
    assert judged.results[1].category_scores.hate == 0.98 and judged.results[0].category_scores.sexual_minors == 0.0001
    pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="
    parts = [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": pixel}}]
    seen = sdk.moderations.create(model=name, input=parts)
    assert len(seen.results) == 1 and seen.results[0].category_applied_input_types.violence == ["text", "image"]
    assert mock.received[-1].json["input"] == parts


# Whisper and older painters say things in their own forms.


def test_whisper_gives_times_subtitles_and_english(mocks, start):
    mock = mocks()
    sdk = client(served(start, mock, maker_model="whisper-1"))
    ask = lambda **more: sdk.audio.transcriptions.create(file=WAV, model="media", **more)  # noqa: E731
    both = ask(response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert (both.language, both.duration, both.text) == ("english", 7.25, TEXT)
    assert both.segments[0].avg_logprob == -0.25 and both.segments[0].tokens == [1, 2]
    assert [w.word for w in both.words] == ["Hello,", "wörld!"] and both.words[1].start == 1.0
    assert both.usage.type == "duration" and both.usage.seconds == 7
    assert ask(response_format="srt").startswith("1\n00:00:00,000 --> ") and ask(response_format="vtt").startswith("WEBVTT")
    assert sdk.audio.translations.create(file=WAV, model="media").text == "In English: " + TEXT
    # It passes over "stream": the transcript comes in one piece then.
    events = list(ask(stream=True))
    assert [e.type for e in events] == ["transcript.text.delta", "transcript.text.done"] and events[1].text == TEXT


def test_a_picture_may_stay_with_its_maker(mocks, start):
    sdk = client(served(start, mocks(), maker_model="dall-e-3"))
    made = sdk.images.generate(model="media", prompt="A river", response_format="url", style="vivid")
    assert made.data[0].url == "https://pictures.example.org/0.png" and made.data[0].revised_prompt == "A river, drawn"
    assert made.usage is None
    packed = sdk.images.generate(model="media", prompt="A river", response_format="b64_json")
    assert base64.b64decode(packed.data[0].b64_json) == picture_of("A river", 0)


# The same way as all work: rules, the next deployment, receipts, usage.


def facts(**stated) -> str:
    return "\n".join(["[deployments.facts]", *(f"{k} = {json.dumps(v)}" for k, v in stated.items()), ""])


ASKING = [
    ("images", lambda c, **k: c.images.generate(model="media", prompt="x", **k)),
    ("edit", lambda c, **k: c.images.edit(model="media", image=("a.png", PNG), prompt="x", **k)),
    ("variation", lambda c, **k: c.images.create_variation(model="media", image=("a.png", PNG), **k)),
    ("speech", lambda c, **k: c.audio.speech.create(model="media", input="x", voice="alloy", **k)),
    ("transcription", lambda c, **k: c.audio.transcriptions.create(model="media", file=WAV, **k)),
    ("translation", lambda c, **k: c.audio.translations.create(model="media", file=WAV, **k)),
    ("moderation", lambda c, **k: c.moderations.create(model="media", input="x", **k)),
]


@pytest.fixture
def two(mocks, start):
    sweden, france = mocks(2)
    policy = '[[policies]]\nname = "health"\nwhen = { labels = ["health"] }\nrequire = { processing_locations = ["FR"] }\n'
    server = start(
        provider("p1", sweden), provider("p2", france),
        deployment("sweden", "p1", model="gpt-media") + facts(processing_locations=["SE"]),
        deployment("france", "p2", model="gpt-media") + facts(processing_locations=["FR"]),
        model("media", "sweden", "france"), model("cheap", "sweden"), policy)  # fmt: skip
    return sweden, france, server


@pytest.mark.parametrize("ask", [a for _, a in ASKING], ids=[n for n, _ in ASKING])
def test_rules_about_facts_and_failing_over(two, ask):
    sweden, france, server = two
    ask(client(server), extra_headers={"entente-labels": "health"})
    assert len(france.received) == 1 and not sweden.received, "the rule allows France only"
    sweden.plan = Plan(status=503, error="overloaded")
    ask(client(server))
    assert len(france.received) == 2 and len(sweden.received) == 1, "the next is asked when the first fails"
    kinds = [attempt["kind"] for attempt in settled(server, 3)]
    assert sorted(kinds) == ["answered", "answered", "failed"]
    france.plan = Plan(status=400, error="invalid")
    with pytest.raises(openai.BadRequestError):
        ask(client(server), extra_headers={"entente-labels": "health"})


def test_who_may_have_nothing_is_told_the_rule(two):
    _, _, server = two
    with pytest.raises(openai.PermissionDeniedError) as refused:
        client(server).images.generate(model="cheap", prompt="x", extra_headers={"entente-labels": "health"})
    assert refused.value.code == "policy_refused" and "only FR is allowed" in refused.value.message


def test_usage_is_settled_and_the_receipt_has_the_pictures_digest(mocks, start):
    mock = mocks()
    mock.plan = Plan(usage=Usage(9, 300))
    server = served(start, mock)
    raw = client(server).images.with_raw_response.generate(model="media", prompt="A river")
    assert raw.headers["entente-deployment"] == "d" and raw.headers["entente-model"] == "gpt-media"
    attempt = settled(server, 1)[0]
    assert (attempt["prompt_tokens"], attempt["completion_tokens"]) == (9, 300)
    request = raw.headers["x-request-id"]

    def receipt():
        answer = server.get(f"/v1/receipts/{request}")
        return answer.status == 200 and answer.text

    digest = hashlib.sha256(picture_of("A river", 0)).digest()
    text = eventually("there is a receipt", receipt)
    assert digest.hex() in text or base64.b64encode(digest).decode() in text


def test_speech_that_breaks_off_is_cut_and_not_ended(mocks, start):
    mock = mocks()
    mock.plan = Plan(cut_after=2)
    server = served(start, mock)
    with pytest.raises(Exception, match="without sending complete message body"), client(server).audio.speech.with_streaming_response.create(
        model="media", input=TEXT, voice="alloy"
    ) as stream:
        for _ in stream.iter_bytes():
            pass
    assert settled(server, 1)[0]["kind"] == "failed"


@pytest.mark.parametrize("plan", [Plan(error_after=1), Plan(cut_after=1), Plan(bad_json_after=1)], ids=["error", "cut", "nonsense"])
def test_a_stream_that_fails_says_so(mocks, start, plan):
    mock = mocks()
    mock.plan = plan
    server = served(start, mock)
    with pytest.raises(openai.APIError):
        list(client(server).audio.transcriptions.create(model="media", file=WAV, stream=True))
    with pytest.raises(openai.APIError):
        list(client(server).images.generate(model="media", prompt="x", stream=True, partial_images=2))
    assert [a["kind"] for a in settled(server, 2)] == ["failed", "failed"]


@pytest.mark.parametrize("body", [b"{}", b"null", b'{"data":[]}', b'{"data":[{"b64_json":"?"}]}', b'{"data":[{}]}', b'{"data":[{"b64_json":"AAAA"},{"b64_json":"AAAA"}]}',
                                  b'{"results":[]}', b'{"results":[{"flagged":1}]}', b"["])  # fmt: skip
def test_an_answer_that_is_none_is_the_makers_failure(mocks, start, body):
    mock = mocks()
    mock.plan = Plan(body=body)
    sdk = client(served(start, mock))
    for ask in (lambda: sdk.images.generate(model="media", prompt="x"), lambda: sdk.moderations.create(model="media", input="x"),
                lambda: sdk.audio.transcriptions.create(model="media", file=WAV)):  # fmt: skip
        with pytest.raises(openai.InternalServerError) as failed:
            ask()
        assert failed.value.status_code == 502


# Who could, where the one that is named cannot.


def test_who_could_is_named(mocks, start):
    chats, paints = mocks(2)
    server = start(
        provider("c", chats, "mistral"), provider("p", paints),
        deployment("talker", "c"), deployment("painter", "p", capabilities=["images"]),
        deployment("texter", "p", capabilities=["tools"]),
        model("assistant", "talker"), model("draws", "painter"), model("texts", "texter", aliases=["gpt-*"]))  # fmt: skip
    sdk = client(server)
    for name in ("assistant", "texts", "gpt-5"):
        with pytest.raises(openai.BadRequestError) as refused:
            sdk.images.generate(model=name, prompt="x")
        assert refused.value.code == "no_deployment_for_this" and "'painter' (model 'draws')" in refused.value.message
    with pytest.raises(openai.NotFoundError) as unknown:
        sdk.images.generate(model="painter-9", prompt="x")
    assert unknown.value.code == "model_not_found" and "'painter' (model 'draws')" in unknown.value.message
    assert sdk.images.generate(prompt="x").data, "no model is named, and one could"
    with pytest.raises(openai.BadRequestError) as nobody:
        sdk.audio.speech.create(model="draws", input="x", voice="alloy")
    assert "None of the deployments here could" in nobody.value.message
    assert not chats.received and len(paints.received) == 1


@pytest.mark.parametrize("path, body, param", [
    ("images/generations", {}, "prompt"),
    ("images/generations", {"prompt": "x", "n": 11}, "n"),
    ("images/generations", {"prompt": "x", "output_format": "gif"}, "output_format"),
    ("images/generations", {"prompt": "x", "partial_images": 1}, "partial_images"),
    ("images/generations", {"prompt": "x", "seed": 1}, "seed"),
    ("audio/speech", {"model": "media", "input": "x"}, "voice"),
    ("audio/speech", {"model": "media", "input": "", "voice": "alloy"}, "input"),
    ("audio/speech", {"model": "media", "input": "x", "voice": "alloy", "response_format": "midi"}, "response_format"),
    ("audio/speech", {"model": "media", "input": "x", "voice": "alloy", "speed": 9}, "speed"),
    ("moderations", {}, "input"),
    ("moderations", {"input": []}, "input"),
    ("moderations", {"input": ["a", {"type": "text", "text": "b"}]}, "input"),
    ("moderations", {"input": [{"type": "audio"}]}, "input[0].type"),
])  # fmt: skip
def test_mistakes_are_named_before_anything_is_sent(mocks, start, path, body, param):
    mock = mocks()
    server = served(start, mock)
    refused = server.ask("POST", "/v1/" + path, body)
    assert refused.status == 400 and refused.json["error"]["param"] == param, refused.text
    assert not mock.received


@pytest.mark.parametrize("more, param", [
    ({"response_format": "diarized_json"}, "response_format"), ({"timestamp_granularities": ["word"]}, "timestamp_granularities"),
    ({"temperature": 3}, "temperature"), ({"stream": True, "response_format": "srt"}, "stream"),
    ({"keywords": ["Entente"]}, "keywords"), ({"languages": ["fr", "sv"]}, "languages"),
    ({"extra_body": {"known_speaker_names": ["a"]}}, "known_speaker_names"), ({"extra_body": {"colour": "red"}}, "colour"),
    ({"file": ("a.wav", b"")}, "file"),
])  # fmt: skip
def test_mistakes_of_a_form_are_named(mocks, start, more, param):
    mock = mocks()
    with pytest.raises(openai.BadRequestError) as refused:
        client(served(start, mock)).audio.transcriptions.create(**{"model": "media", "file": WAV, **more})
    assert refused.value.param == param, refused.value.message
    assert not mock.received


@pytest.mark.parametrize("more, param", [
    ({"image": ("a.gif", b"GIF89a")}, "image"), ({"image": b""}, "image"), ({"image": [("a.png", PNG)] * 17}, "image"),
    ({"mask": ("m.txt", b"words")}, "mask"), ({"prompt": ""}, "prompt"), ({"n": 11}, "n"),
    ({"input_fidelity": "some"}, "input_fidelity"), ({"partial_images": 1}, "partial_images"),
    ({"extra_body": {"style": "vivid"}}, "style"), ({"markup": ("m.png", PNG)}, "markup"), ({"complexity": "low"}, "complexity"),
    ({"frame_count": 4}, "frame_count"), ({"frame_duration_ms": 100}, "frame_duration_ms"), ({"svg": {"model": "m"}}, "svg"),
])  # fmt: skip
def test_mistakes_about_a_picture_to_change_are_named(mocks, start, more, param):
    mock = mocks()
    with pytest.raises(openai.BadRequestError) as refused:
        client(served(start, mock)).images.edit(**{"model": "media", "image": ("a.png", PNG), "prompt": "x", **more})
    assert refused.value.param == param, refused.value.message
    assert not mock.received


def test_a_variation_is_of_one_picture_and_no_words(mocks, start):
    mock = mocks()
    sdk = client(served(start, mock))
    for body in ({"prompt": "x"}, {"mask": "x"}, {"stream": True}):
        with pytest.raises(openai.BadRequestError) as refused:
            sdk.images.create_variation(model="media", image=("a.png", PNG), extra_body=body)
        assert refused.value.param == next(iter(body))
    with pytest.raises(openai.BadRequestError) as nobody:
        client(served(start, mock, "mistral")).images.create_variation(model="media", image=("a.png", PNG))
    assert nobody.value.code == "no_deployment_for_this" and not mock.received


def test_changing_is_recorded_as_that_and_settled(mocks, start):
    mock = mocks()
    mock.plan = Plan(usage=Usage(9, 300))
    server = served(start, mock)
    raw = client(server).images.with_raw_response.edit(model="media", image=("a.png", PNG), prompt="x")
    attempt = settled(server, 1)[0]
    assert (attempt["prompt_tokens"], attempt["completion_tokens"]) == (9, 300)
    receipt = eventually("there is a receipt", lambda: (r := server.get(f"/v1/receipts/{raw.headers['x-request-id']}")).status == 200 and r)
    assert receipt.json["attempts"][0]["intent"]["record"]["work"] == "image_edit"
    assert hashlib.sha256(picture_of(changed_of("x", [PNG]), 0)).digest().hex() in receipt.text or base64.b64encode(
        hashlib.sha256(picture_of(changed_of("x", [PNG]), 0)).digest()).decode() in receipt.text  # fmt: skip
    assert not any(PNG[:40] in file.read_bytes() for file in server.state.rglob("*") if file.is_file()), "it is recorded nowhere"
    assert 'gen_ai_operation_name="image_edit"' in server.get("/metrics").text


# A chat model as the judge.


def guarded(start, mock, maker_model: str):
    return start('moderations.guard = "judge"', provider("p", mock, "openai-compatible"),
                 deployment("d", "p", model=maker_model, capabilities=["schema"]), model("judge", "d"))  # fmt: skip


def test_a_llama_guard_is_asked_in_its_own_way(mocks, start):
    mock = mocks()
    server = guarded(start, mock, "meta-llama/Llama-Guard-4-12B")
    mock.script(Plan(pieces=("\n\n", "safe")), Plan(pieces=("unsafe\n", "S1,S10")), Plan(pieces=("unsafe", "\nS6")))
    judged = client(server).moderations.create(model="omni-moderation-latest", input=["a", "b", "c"])
    assert [one.flagged for one in judged.results] == [False, True, True]
    found = judged.results[1].categories
    assert found.violence and found.hate and not found.sexual and judged.results[1].category_scores.hate == 1
    assert not any(judged.results[2].categories.model_dump().values()), "a hazard that OpenAI has no category for"
    assert judged.model == "omni-moderation-latest"
    sent = mock.received[1].json
    assert sent["messages"] == [{"role": "user", "content": "b"}] and "response_format" not in sent
    assert [a["kind"] for a in settled(server, 3)] == ["answered"] * 3


def test_any_other_model_is_asked_under_a_schema(mocks, start):
    from mock.media import CATEGORIES

    mock = mocks()
    server = guarded(start, mock, "some-model")
    mock.plan = Plan(pieces=(json.dumps({c: c == "self-harm" for c in CATEGORIES}),))
    judged = client(server).moderations.create(input="x").results[0]
    assert judged.flagged and judged.categories.self_harm and not judged.categories.hate
    assert mock.received[0].json["response_format"]["json_schema"]["strict"] is True
    mock.plan = Plan(pieces=("I would rather not say.",))
    with pytest.raises(openai.InternalServerError) as failed:
        client(server).moderations.create(input="x")
    assert failed.value.status_code == 502 and "no judgement" in failed.value.message


def test_a_model_of_this_machine_judges(start_server):
    server = start_server(f'moderations.guard = "{MODEL}"')
    with openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0, timeout=120) as sdk:
        judged = sdk.moderations.create(input=["The sea is calm.", "x"])
    assert len(judged.results) == 2
    for one in judged.results:
        assert one.flagged == any(one.categories.model_dump().values())
        assert set(one.category_scores.model_dump().values()) <= {0, 1}
        assert one.category_applied_input_types.hate == ["text"]
    assert [a["kind"] for a in server.attempts()] == ["answered", "answered"]
