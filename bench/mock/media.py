"""Pictures, speech and moderations as OpenAI's API reference has them: results that follow from what was asked, so that a
test knows what must come."""

import base64
import email.parser
import email.policy
import hashlib
import json

from .plan import Plan
from .server import Received, Refused, Reply

CATEGORIES = ("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
              "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic")  # fmt: skip
AUDIO_TYPES = {"mp3": "audio/mpeg", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav",
               "pcm": "audio/pcm"}  # fmt: skip


def invalid(message: str, param: str | None = None) -> Refused:
    return Refused(400, {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": None}})


def json_of(request: Received, known: set) -> dict:
    try:
        body = json.loads(request.body)
    except ValueError:
        raise invalid("We could not parse the JSON body of your request.") from None
    if unknown := set(body) - known:
        raise invalid(f"Unknown parameter: '{sorted(unknown)[0]}'.", sorted(unknown)[0])
    return body


def form_of(request: Received) -> dict:
    """The parts of a form by name: lists, because names may come twice; a file as (filename, bytes, type)."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + request.body)
    if not message.is_multipart():
        raise invalid("Could not parse multipart form.")
    parts: dict[str, list] = {}
    for part in message.iter_parts():
        value = part.get_payload(decode=True)
        name, filename = part.get_param("name", header="content-disposition"), part.get_filename()
        parts.setdefault(name, []).append((filename, value, part.get_content_type()) if filename else value.decode())
    return parts


def event(value: dict, name: str = "") -> bytes:
    return (f"event: {name}\n" if name else "").encode() + b"data: " + json.dumps(value).encode() + b"\n\n"


BROKE = event({"type": "error", "error": {"message": "The server had an error.", "type": "server_error", "code": None, "param": None}})
TO_JSON, TO_EVENTS = {"content-type": "application/json"}, {"content-type": "text/event-stream"}

# Pictures.

IMAGE_MEMBERS = {"model", "prompt", "n", "size", "quality", "style", "background", "moderation", "output_format",
                 "response_format", "output_compression", "stream", "partial_images", "user"}  # fmt: skip


def picture_of(prompt: str, number: int, sketch: int = -1) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + hashlib.sha256(f"{prompt} {number} {sketch}".encode()).digest() * 40


def tokens(plan: Plan) -> dict | None:
    u = plan.usage
    return u and {"input_tokens": u.prompt, "output_tokens": u.completion, "total_tokens": u.prompt + u.completion,
                  "input_tokens_details": {"text_tokens": u.prompt, "image_tokens": 0}}  # fmt: skip


def images(request: Received, plan: Plan) -> Reply:
    body = json_of(request, IMAGE_MEMBERS)
    if not body.get("prompt"):
        raise invalid("you must provide a prompt", "prompt")
    return painted(body, body["prompt"], "image_generation", plan)


def painted(body: dict, what: str, kind: str, plan: Plan, of_pictures: int = 0) -> Reply:
    """What is made of `body`, in the form it asks for; `what` decides how it looks."""
    older = body.get("model", "").startswith("dall-e")
    if older and (body.get("stream") or body.get("background") or body.get("output_format")):
        raise invalid("Unknown parameter for this model.", "stream")
    if not older and body.get("response_format"):
        raise invalid("Unknown parameter: 'response_format'.", "response_format")
    form = {} if older else {"background": body.get("background", "opaque"), "size": body.get("size", "1024x1024"),
                             "output_format": body.get("output_format", "png"), "quality": body.get("quality", "high")}  # fmt: skip

    def packed(number: int, sketch: int = -1) -> str:
        return base64.b64encode(picture_of(what, number, sketch)).decode()

    used = tokens(plan)
    if used and of_pictures:
        used["input_tokens_details"] = {"text_tokens": used["input_tokens"] - of_pictures, "image_tokens": of_pictures}

    count = body.get("n", 1)
    if body.get("stream"):
        frames = []
        for number in range(count):
            for sketch in range(body.get("partial_images", 0)):
                name = f"{kind}.partial_image"
                frames.append((True, event({"type": name, "b64_json": packed(number, sketch), "created_at": 1,
                                            "partial_image_index": sketch, **form}, name)))  # fmt: skip
            name = f"{kind}.completed"
            frames.append((True, event({"type": name, "b64_json": packed(number), "created_at": 1, "usage": used, **form}, name)))
        return Reply(headers=dict(TO_EVENTS), frames=frames, error_frame=BROKE)
    if older and body.get("response_format", "url") == "url":
        data = [{"url": f"https://pictures.example.org/{n}.png", "revised_prompt": f"{what}, drawn"} for n in range(count)]
    else:
        data = [{"b64_json": packed(n)} for n in range(count)]
    out = {"created": 1_700_000_000, "data": data, **form}
    if not older and plan.usage:
        out["usage"] = used
    return Reply(headers=dict(TO_JSON), body=json.dumps(out).encode())


EDIT_MEMBERS = (IMAGE_MEMBERS - {"style"}) | {"image", "image[]", "mask", "input_fidelity"}
VARIATION_MEMBERS = {"image", "model", "n", "response_format", "size", "user"}


def changed_of(prompt: str, pictures: list[bytes], mask: bytes = b"") -> str:
    """What a changed picture shows: words for picture_of()."""
    return f"{prompt}: {[hashlib.sha256(p).hexdigest() for p in [*pictures, mask]]}"


def changed(request: Received, plan: Plan, varies: bool) -> Reply:
    form = form_of(request)
    if unknown := set(form) - (VARIATION_MEMBERS if varies else EDIT_MEMBERS):
        raise invalid(f"Unknown parameter: '{sorted(unknown)[0]}'.", sorted(unknown)[0])
    files = form.pop("image", []) + form.pop("image[]", [])
    mask = form.pop("mask", [])
    if not files:
        raise invalid("Missing required parameter: 'image'.", "image")
    for file in files + mask:
        if not isinstance(file, tuple):
            raise invalid("Expected file to have JPEG/PNG format, but got unknown file format", "image")
        if file[2] not in ("image/png", "image/jpeg", "image/webp"):
            raise invalid(f"Invalid file 'image': unsupported mimetype ('{file[2]}').", "image")
    body: dict = {name: values[0] for name, values in form.items()}
    body |= {name: int(body[name]) for name in ("n", "partial_images", "output_compression") if name in body}
    body["stream"] = body.get("stream") == "true"
    if not varies and not body.get("prompt"):
        raise invalid("you must provide a prompt", "prompt")
    if varies and (len(files) != 1 or files[0][2] != "image/png"):
        raise invalid("Uploaded image must be a PNG", "image")
    what = changed_of(body.get("prompt", ""), [file[1] for file in files], mask[0][1] if mask else b"")
    return painted(body, what, "image_edit", plan, of_pictures=len(files))


# Speech.


def sound_of(text: str, voice: str) -> bytes:
    return b"ID3" + hashlib.sha256(f"{voice} {text}".encode()).digest() * 300


def speech(request: Received, plan: Plan) -> Reply:
    body = json_of(request, {"model", "input", "voice", "instructions", "response_format", "speed", "stream_format"})
    for member in ("model", "input", "voice"):
        if not body.get(member):
            raise invalid(f"Missing required parameter: '{member}'.", member)
    sound = sound_of(body["input"], body["voice"])
    pieces = [sound[at : at + 2000] for at in range(0, len(sound), 2000)]
    if body.get("stream_format") == "sse":
        frames = [(True, event({"type": "speech.audio.delta", "audio": base64.b64encode(p).decode()})) for p in pieces]
        frames.append((False, event({"type": "speech.audio.done", "usage": tokens(plan)})))
        return Reply(headers=dict(TO_EVENTS), frames=frames, error_frame=BROKE)
    type_ = AUDIO_TYPES[body.get("response_format", "mp3")]
    return Reply(headers={"content-type": type_}, frames=[(True, p) for p in pieces], pings=b"", error_frame=b"")


FORM_MEMBERS = {"file", "model", "language", "prompt", "response_format", "temperature", "timestamp_granularities[]", "include[]",
                "stream", "chunking_strategy", "chunking_strategy[type]", "chunking_strategy[threshold]"}  # fmt: skip


def transcript(request: Received, plan: Plan, translates: bool) -> Reply:
    form = form_of(request)
    if unknown := set(form) - FORM_MEMBERS:
        raise invalid(f"Unknown parameter: '{sorted(unknown)[0]}'.", sorted(unknown)[0])
    if "file" not in form or not isinstance(form["file"][0], tuple):
        raise invalid("Missing required parameter: 'file'.", "file")
    if not form["file"][0][0].endswith((".flac", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".ogg", ".wav", ".webm")):
        raise invalid("Unrecognized file format.", "file")
    wanted, model = form.get("response_format", ["json"])[0], form["model"][0]
    newer = model.startswith("gpt-")
    if newer and wanted not in ("json", "text"):
        raise invalid(f"response_format '{wanted}' is not compatible with model '{model}'.", "response_format")
    text = ("In English: " if translates else "") + plan.text
    usage = {"type": "tokens", **tokens(plan)} if newer and plan.usage else {"type": "duration", "seconds": 7}
    logprobs = [{"token": p, "logprob": -0.5, "bytes": list(p.encode())} for p in plan.pieces]
    with_logprobs = "logprobs" in form.get("include[]", ())
    if form.get("stream") == ["true"] and newer:
        frames = []
        for piece, chance in zip(plan.pieces, logprobs):
            more = {"logprobs": [chance]} if with_logprobs else {}
            frames.append((True, event({"type": "transcript.text.delta", "delta": piece, **more})))
        frames.append((False, event({"type": "transcript.text.done", "text": text, "usage": usage})))
        return Reply(headers=dict(TO_EVENTS), frames=frames, error_frame=BROKE)
    if wanted == "text":
        return Reply(headers={"content-type": "text/plain; charset=utf-8"}, body=text.encode() + b"\n")
    if wanted == "srt":
        return Reply(headers={"content-type": "text/plain; charset=utf-8"}, body=f"1\n00:00:00,000 --> 00:00:07,000\n{text}\n".encode())
    if wanted == "vtt":
        return Reply(headers={"content-type": "text/plain; charset=utf-8"}, body=f"WEBVTT\n\n00:00.000 --> 00:07.000\n{text}\n".encode())
    out = {"text": text, "usage": usage}
    if with_logprobs:
        out["logprobs"] = logprobs
    if wanted == "verbose_json":
        asked = form.get("timestamp_granularities[]", ["segment"])
        out |= {"task": "translate" if translates else "transcribe", "language": "english", "duration": 7.25}
        if "segment" in asked:
            out["segments"] = [{"id": 0, "seek": 0, "start": 0.0, "end": 7.25, "text": text, "tokens": [1, 2], "temperature": 0.0,
                                "avg_logprob": -0.25, "compression_ratio": 1.5, "no_speech_prob": 0.01}]  # fmt: skip
        if "word" in asked:
            out["words"] = [{"word": w, "start": float(i), "end": i + 0.5} for i, w in enumerate(text.split())]
    return Reply(headers=dict(TO_JSON), body=json.dumps(out).encode())


# Moderations: a text is judged by the categories that it names.


def judged(item) -> dict:
    parts = item if isinstance(item, list) else [{"type": "text", "text": item}]
    text = " ".join(p.get("text", "") for p in parts)
    found = {c: f" {c} " in f" {text} " for c in CATEGORIES}
    kinds = ["text"] * any(p["type"] == "text" for p in parts) + ["image"] * any(p["type"] == "image_url" for p in parts)
    return {"flagged": any(found.values()), "categories": found, "category_scores": {c: 0.98 if f else 0.0001 for c, f in found.items()},
            "category_applied_input_types": {c: kinds for c in CATEGORIES}}  # fmt: skip


def moderations(request: Received, plan: Plan) -> Reply:
    body = json_of(request, {"model", "input"})
    given = body["input"]
    if isinstance(given, str):
        items = [given]
    else:
        items = given if isinstance(given[0], str) else [given]
    out = {"id": "modr-mock", "model": body.get("model", "omni-moderation-latest"), "results": [judged(item) for item in items]}
    return Reply(headers=dict(TO_JSON), body=json.dumps(out).encode())


def answer(operation: str, request: Received, plan: Plan) -> Reply | None:
    """`operation`: the path behind /v1/ or what stands for it; none: it is no work of these kinds."""
    if operation == "images/generations":
        return images(request, plan)
    if operation in ("images/edits", "images/variations"):
        return changed(request, plan, operation.endswith("variations"))
    if operation == "audio/speech":
        return speech(request, plan)
    if operation in ("audio/transcriptions", "audio/translations"):
        return transcript(request, plan, operation.endswith("translations"))
    return moderations(request, plan) if operation == "moderations" else None
