"""Whatever a client sends, it gets OpenAI's error object with the right status, and never a 500."""

import json
import random

import pytest
from entente_server import MODEL, question

ENOUGH = question(max_tokens=1)


def error_of(response, status):
    assert response.status == status, response.text
    assert response.headers["x-request-id"].startswith("req_")
    error = response.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert isinstance(error["message"], str) and error["message"][-1] in ".?"
    assert isinstance(error["type"], str) and isinstance(error["code"], str)
    assert error["param"] is None or isinstance(error["param"], str)
    return error


def with_text(**members) -> bytes:
    return json.dumps(ENOUGH | members).encode()


BODIES = {
    "nothing": b"",
    "not JSON": b"hello",
    "cut": with_text()[:-10],
    "a comma too many": b'{"model": "m",}',
    "single quotes": b"{'model': 'm'}",
    "text after the document": with_text() + b" x",
    "two documents": with_text() + with_text(),
    "a key twice": b'{"model": "a", "model": "b", "messages": []}',
    "a key twice, deep": b'{"model": "m", "messages": [{"role": "user", "role": "system", "content": "hi"}]}',
    "nested too deeply": b'{"model": ' + b"[" * 100 + b"]" * 100 + b"}",
    "nested without end": b"[" * 1_000_000,
    "invalid UTF-8": b'{"model": "\xff"}',
    "half a character": b'{"model": "\xc3"}',
    "half a surrogate": b'{"model": "\\ud800"}',
    "a control character": b'{"model": "a\nb"}',
    "a number beyond all numbers": b'{"model": 1e999999}',
    "a very long integer": b'{"model": ' + b"9" * 500 + b"}",
    "NaN": b'{"model": NaN}',
    "a byte order mark alone": b"\xef\xbb\xbf",
    "UTF-16": '{"model": "m"}'.encode("utf-16"),
}


@pytest.mark.parametrize("what", BODIES)
def test_what_is_no_document_is_refused(server, what):
    assert error_of(server.chat(BODIES[what]), 400)["code"] == "invalid_json"


@pytest.mark.parametrize("document", ["[]", '"text"', "7", "null", "true"])
def test_a_document_that_is_no_object_is_refused(server, document):
    assert error_of(server.chat(document), 400)["code"] == "invalid_type"


NUMBERS = {  # name: below the range, above it
    "temperature": (-0.1, 2.1),
    "top_p": (-0.1, 1.1),
    "min_p": (-0.1, 1.1),
    "presence_penalty": (-2.1, 2.1),
    "frequency_penalty": (-2.1, 2.1),
    "repetition_penalty": (0, 11),
    "repeat_penalty": (-1, 11),
}
INTEGERS = {
    "max_tokens": (0, 2**32),
    "max_completion_tokens": (-1, 2**63),
    "n": (0, 129),
    "top_k": (-1, 10**7),
    "top_logprobs": (-1, 21),
    "seed": (-(2**63) - 1, 2**63),
}
TYPES = {  # every parameter, and values of types it does not take
    **{name: ["1", True, [], {}] for name in NUMBERS},
    **{name: ["1", True, 1.5, [], {}] for name in INTEGERS},
    "model": [7, True, [], {}],
    "messages": ["hi", 7, {}, True],
    "stream": ["yes", 1, [], {}],
    "logprobs": ["yes", 1, [], {}],
    "stop": [7, True, {}, [7], [["x"]]],
    "logit_bias": ["x", 7, [], {"1": "x"}, {"1": None}],
    "user": [7, [], {}, True],
    "safety_identifier": [7, [], {}, True],
    "stream_options": ["x", 7, [], True],
    "response_format": ["x", 7, [], True],
    "modalities": ["text", 7, {}, True],
    "store": ["yes", 1, [], {}],
    "tools": ["x", 7, {}, True],
    "tool_choice": [7, [], True],
    "parallel_tool_calls": ["yes", 1, [], {}],
    "reasoning_effort": [7, [], {}, True],
}


@pytest.mark.parametrize("name", TYPES)
def test_a_wrong_type_names_the_parameter(server, name):
    base = ENOUGH | {"logprobs": True, "stream": name == "stream_options"}
    if name == "max_completion_tokens":
        del base["max_tokens"]
    for value in TYPES[name]:
        error = error_of(server.chat(base | {name: value}), 400)
        assert error["param"] == name, (value, error)
        assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize("name", NUMBERS | INTEGERS)
def test_a_value_out_of_range_names_the_parameter(server, name):
    base = ENOUGH | {"logprobs": True}
    if name == "max_completion_tokens":
        del base["max_tokens"]
    for value in (NUMBERS | INTEGERS)[name]:
        error = error_of(server.chat(base | {name: value}), 400)
        if -(2**63) <= value < 2**64:
            assert (error["param"], error["code"]) == (name, "invalid_value"), (value, error)


def message(**members):
    return {"messages": [members]}


@pytest.mark.parametrize(
    "members, param, code",
    [
        ({"model": ""}, "model", "missing_required_parameter"),
        ({"model": None}, "model", "missing_required_parameter"),
        ({"messages": None}, "messages", "missing_required_parameter"),
        ({"messages": []}, "messages", "empty_array"),
        ({"messages": ["hi"]}, "messages[0]", "invalid_type"),
        ({"messages": [None]}, "messages[0]", "invalid_type"),
        (message(content="hi"), "messages[0].role", "missing_required_parameter"),
        (message(role="wizard", content="hi"), "messages[0].role", "invalid_value"),
        (message(role=7, content="hi"), "messages[0].role", "invalid_type"),
        (message(role="tool", content="hi", tool_call_id="x"), "messages[0].tool_call_id", "invalid_value"),
        (message(role="user"), "messages[0].content", "missing_required_parameter"),
        (message(role="user", content=None), "messages[0].content", "missing_required_parameter"),
        (message(role="user", content=7), "messages[0].content", "invalid_type"),
        (message(role="user", content=[]), "messages[0].content", "invalid_value"),
        (message(role="user", content=["hi"]), "messages[0].content[0]", "invalid_type"),
        (message(role="user", content=[{"type": "text"}]), "messages[0].content[0].text", "missing_required_parameter"),
        (
            message(role="user", content=[{"type": "image_url", "image_url": {"url": "http://x"}}]),
            "messages[0].content[0]",
            "unsupported_value",
        ),
        (message(role="user", content="hi", nmae="x"), "messages[0].nmae", "unknown_parameter"),
        ({"temprature": 1}, "temprature", "unknown_parameter"),
        ({"x_trace": 1}, "x_trace", "unknown_parameter"),
        ({"min_tokens": 1}, "min_tokens", "unsupported_parameter"),
        ({"stop": ["a"] * 5}, "stop", "invalid_value"),
        ({"stop": ""}, "stop", "invalid_value"),
        ({"logit_bias": {"x": 1}}, "logit_bias", "invalid_value"),
        ({"logit_bias": {"1": 101}}, "logit_bias", "invalid_value"),
        ({"top_logprobs": 2}, "top_logprobs", "invalid_value"),
        ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens", "invalid_value"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
        ({"tool_choice": "required"}, "tool_choice", "invalid_value"),
        (
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "a", "strict": True, "schema": {"not": {"type": "string"}}},
                }
            },
            "response_format.json_schema.schema",
            "unsupported_schema",
        ),
        (
            {
                "tools": [
                    {
                        "type": "function",
                        "function": {
                            "name": "f",
                            "strict": True,
                            "parameters": {"type": "object", "properties": {"a": {"type": "string", "pattern": "(?=b)"}}},
                        },
                    }
                ]
            },
            "tools[0].function.parameters",
            "unsupported_schema",
        ),
        ({"modalities": ["audio"]}, "modalities", "unsupported_value"),
        ({"store": True}, "store", "unsupported_value"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(server, members, param, code):
    error = error_of(server.chat(ENOUGH | members), 400)
    assert (error["param"], error["code"]) == (param, code)


def test_a_token_that_the_model_does_not_have_cannot_be_biased(server):
    response = server.chat(ENOUGH | {"logit_bias": {"2000000000": 1}})
    assert response.status in (200, 400), response.text


def test_a_prompt_over_the_context_is_refused_before_anything_runs(server):
    for stream in (False, True):
        error = error_of(server.chat(question("word " * 20_000, stream=stream)), 400)
        assert (error["code"], error["type"]) == ("context_length_exceeded", "invalid_request_error")


def test_an_unknown_model_is_not_found(server):
    assert error_of(server.chat(ENOUGH | {"model": "gpt-9"}), 404)["code"] == "model_not_found"
    assert error_of(server.get("/v1/models/gpt-9"), 404)["code"] == "model_not_found"


def test_without_a_good_key_nothing_opens(server):
    for method, path in (
        ("GET", "/v1/models"),
        ("GET", f"/v1/models/{MODEL}"),
        ("POST", "/v1/chat/completions"),
        ("GET", "/session"),
    ):
        body = ENOUGH if method == "POST" else None
        for key, headers in (
            (None, {}),
            ("ent_wrong", {}),
            (None, {"x-api-key": "ent_wrong"}),
            (None, {"Authorization": "Basic eDp5"}),
            (None, {"Authorization": "Bearer"}),
            (None, {"Cookie": "entente_session=ses_wrong"}),
        ):
            response = server.ask(method, path, body, key=key, headers=headers)
            assert error_of(response, 401)["code"] == "invalid_api_key"
            assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_key_may_come_in_each_sdks_header(server):
    for headers in ({"x-api-key": server.key}, {"api-key": server.key}, {"Authorization": f"bearer {server.key}"}):
        assert server.get("/v1/models", key=None, headers=headers).status == 200


def test_a_wrong_method_is_told_the_right_one(server):
    for method, path, allow in (
        ("GET", "/v1/chat/completions", "POST"),
        ("POST", "/v1/models", "GET"),
        ("DELETE", "/v1/models", "GET"),
        ("PUT", "/session", "GET, POST, DELETE"),
        ("BREW", "/health/live", "GET"),
    ):
        response = server.ask(method, path)
        assert error_of(response, 405)["code"] == "method_not_allowed"
        assert response.headers["allow"] == allow


def test_a_wrong_content_type_is_refused_and_parameters_of_it_are_not(server):
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        None,
    ):
        assert error_of(server.chat(ENOUGH, headers={"Content-Type": kind}), 415)["code"] == "unsupported_media_type"
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        assert server.chat(ENOUGH, headers={"Content-Type": kind}).status == 200


def test_a_path_where_nothing_is_says_so(server):
    for path in ("/v1/nothing", "/v1/", "/v1", "/v2/models"):
        for method in ("GET", "POST", "PUT"):
            assert error_of(server.ask(method, path), 404)["code"] == "unknown_url"


def test_a_body_beyond_the_limit_is_413(start_server):
    server = start_server("server.limits.body_bytes = 2048\n", with_model=False)
    assert error_of(server.chat(question("x" * 4096)), 413)["code"] == "too_large"


# Whatever a client makes of a valid request: no failure of ours comes of it.

VALUES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    0.5,
    1e308,
    -1e308,
    2**31,
    2**32,
    2**63,
    2**64,
    -(2**63),
    "",
    "x",
    "\0",
    "\ud83d\ude00",
    "x" * 5000,
    [],
    {},
    [[]],
    [{}],
    {"": ""},
    [None],
    {"type": "text"},
    [{"type": "text", "text": "\u0000"}],
    ["a", "b"],
]
NAMES = [*TYPES, "metadata", "service_tier", "functions", "audio", "prediction", "unknown", "", "role", "content"]


def mutate(rng: random.Random) -> bytes:
    body = json.loads(json.dumps(ENOUGH))
    for _ in range(rng.randint(1, 3)):
        where = rng.choice(
            [body, body, body["messages"][0]]
            if isinstance(body.get("messages"), list) and body["messages"] and isinstance(body["messages"][0], dict)
            else [body]
        )
        name = rng.choice([*where, *NAMES])
        if rng.random() < 0.15:
            where.pop(name, None)
        elif name == "max_tokens" or name == "max_completion_tokens":
            where[name] = rng.choice([v for v in VALUES if not isinstance(v, int) or v is True or v < 3 or v > 2**32])
        else:
            where[name] = rng.choice(VALUES)
    if type(body.get("n")) is int and body["n"] > 2:
        body["n"] = 2
    if body.get("max_tokens") is None and body.get("max_completion_tokens") is None:
        body["max_tokens"] = 1  # short answers: it is the asking that is tested
    text = bytearray(json.dumps(body).encode())
    for _ in range(rng.choice([0, 0, 0, 1, 1, 3])):
        at = rng.randrange(len(text))
        change = rng.random()
        if change < 0.4:
            text[at] = rng.randrange(256)
        elif change < 0.7:
            del text[at : at + rng.randint(1, 10)]
        else:
            text[at:at] = rng.choice([b"{", b"}", b"[", b"]", b",", b'"', b":", b"\\", b"\xff", b"\0", b"1e999"])
        if not text:
            text = bytearray(b"{")
    return bytes(text)


def test_no_mutation_of_a_request_is_a_failure_of_ours(server):
    rng = random.Random(20261124)
    seen = set()
    for i in range(300):
        body = mutate(rng)
        response = server.chat(body)
        seen.add(response.status)
        assert response.status in (200, 400, 404), f"case {i}: {response.status} {response.text} for {body!r}"
        if response.status != 200:
            error_of(response, response.status)
    assert {200, 400} <= seen
    assert server.chat(ENOUGH).status == 200
