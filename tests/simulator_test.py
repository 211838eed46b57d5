"""The simulated makers, judged by the makers' own libraries before anything of ours stands between: what they read from
the simulator is what it meant to say."""

import json
import sys

import openai
import pytest
from entente_server import ROOT, eventually

sys.path.insert(0, str(ROOT / "bench"))

from mock import OPENAI, Call, Mock, Plan, Usage  # noqa: E402

TEXT = "Hello, wörld!"
TOOL = {
    "name": "weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class OpenAI:
    """One maker's library, reduced to what all of them can say: ask() gives text, calls, finish and usage."""

    maker = OPENAI
    failures = {429: openai.RateLimitError, 401: openai.AuthenticationError, 400: openai.BadRequestError,
                500: openai.InternalServerError}  # fmt: skip

    def __init__(self, mock, key="mock-key"):
        self.client = openai.OpenAI(base_url=mock.url + "/v1", api_key=key, max_retries=0)

    def ask(self, stream, tools=False, schema=False, image=False):
        content = "Hi"
        if image:
            content = [{"type": "text", "text": "Hi"},
                       {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IMAGE}"}}]  # fmt: skip
        more = {}
        if tools:
            more["tools"] = [{"type": "function", "function": TOOL}]
        if schema:
            more["response_format"] = {"type": "json_schema", "json_schema": {"name": "w", "schema": TOOL["parameters"]}}
        body = {"model": "m", "messages": [{"role": "user", "content": content}], **more}
        if not stream:
            whole = self.client.chat.completions.create(**body)
            message = whole.choices[0].message
            calls = [(c.function.name, json.loads(c.function.arguments)) for c in message.tool_calls or []]
            return message.content or "", calls, whole.choices[0].finish_reason, self.usage(whole.usage)
        text, pieces, finish, usage = "", {}, None, None
        for chunk in self.client.chat.completions.create(
            stream=True, stream_options={"include_usage": True}, **body):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += choice.delta.content or ""
                finish = choice.finish_reason or finish
                for call in choice.delta.tool_calls or []:
                    name, arguments = pieces.get(call.index, ("", ""))
                    pieces[call.index] = (name or call.function.name, arguments + (call.function.arguments or ""))
        return text, [(n, json.loads(a)) for n, a in pieces.values()], finish, self.usage(usage)

    @staticmethod
    def usage(said):
        return Usage(said.prompt_tokens, said.completion_tokens, said.prompt_tokens_details.cached_tokens,
                     said.completion_tokens_details.reasoning_tokens)  # fmt: skip


LIBRARIES = [OpenAI]


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.__name__)
def library(request):
    with Mock(request.param.maker) as mock:
        made = request.param(mock)
        made.mock = mock
        yield made


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
class TestTheLibrary:
    def test_reads_a_text(self, library, stream):
        library.mock.plan = Plan(usage=Usage(20, 9, 8, 0))
        text, calls, finish, usage = library.ask(stream)
        assert (text, calls, finish) == (TEXT, [], "stop")
        assert usage == Usage(20, 9, 8, 0)

    def test_reads_two_calls(self, library, stream):
        library.mock.plan = Plan(pieces=(), calls=(Call("weather"), Call("weather", ('{"city": "Rome"}',))))
        text, calls, finish, _ = library.ask(stream, tools=True)
        assert (text, finish) == ("", "tool_calls")
        assert calls == [("weather", {"city": "Paris"}), ("weather", {"city": "Rome"})]

    def test_reads_what_a_schema_made(self, library, stream):
        library.mock.plan = Plan(pieces=('{"city"', ': "Paris"}'))
        text, _, finish, _ = library.ask(stream, schema=True)
        assert (json.loads(text), finish) == ({"city": "Paris"}, "stop")

    def test_sends_an_image(self, library, stream):
        assert library.ask(stream, image=True)[0] == TEXT

    def test_reads_an_answer_that_was_too_long(self, library, stream):
        library.mock.plan = Plan(finish="length")
        assert library.ask(stream)[2] == "length"

    @pytest.mark.parametrize("status, word", [(429, "rate_limit"), (401, "key"), (400, "context"), (500, "")])
    def test_reads_a_failure(self, library, stream, status, word):
        library.mock.plan = Plan(status=status, error=word, headers={"retry-after": "7"})
        with pytest.raises(library.failures[status]):
            library.ask(stream)

    def test_is_refused_with_a_wrong_key(self, library, stream):
        with pytest.raises(library.failures[401]):
            type(library)(library.mock, key="wrong").ask(stream)

    @pytest.mark.parametrize("fragment", [1, 7])
    def test_reads_tiny_fragments(self, library, stream, fragment):
        library.mock.plan = Plan(fragment=fragment)
        assert library.ask(stream)[0] == TEXT


def test_what_came_is_kept_and_leaving_is_seen(library):
    library.ask(True)
    received = library.mock.received[0]
    assert received.method == "POST" and b"Hi" in received.body
    eventually("the answer is sent to its end", lambda: received.whole)
