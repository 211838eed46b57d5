"""The simulated makers, judged by the makers' own libraries before anything of ours stands between: what they read from
the simulator is what it meant to say."""

import base64
import json
import sys

import anthropic
import boto3
import botocore.config
import botocore.exceptions
import mistralai.client as mistral
import openai
import pytest
from entente_server import ROOT, eventually
from google import genai

sys.path.insert(0, str(ROOT / "bench"))

from mock import ANTHROPIC, AZURE, BEDROCK, GEMINI, MISTRAL, OPENAI, XAI, Call, Mock, Plan, Usage  # noqa: E402
from mock.bedrock import KEY_ID, REGION  # noqa: E402

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


    def count(self):
        function = {"type": "function", "strict": False, **TOOL}
        return self.client.responses.input_tokens.count(
            model="m", instructions="Be brief.", input=[{"role": "user", "content": "Hi"}], tools=[function]).input_tokens  # fmt: skip


class XAI_(OpenAI):
    """xAI is asked with OpenAI's library. It counts thoughts beside the completion, and a bad key is a bad argument."""

    maker = XAI
    failures = {**OpenAI.failures, 401: openai.BadRequestError}


class Azure(OpenAI):
    maker = AZURE

    def __init__(self, mock, key="mock-key"):
        self.client = openai.AzureOpenAI(azure_endpoint=mock.url, api_key=key, api_version="2024-10-21", max_retries=0)


class AzureV1(OpenAI):
    maker = AZURE

    def __init__(self, mock, key="mock-key"):
        self.client = openai.OpenAI(base_url=mock.url + "/openai/v1", api_key=key, max_retries=0)


class Mistral:
    maker = MISTRAL
    failures = dict.fromkeys((429, 401, 400, 500), mistral.errors.MistralError)

    def __init__(self, mock, key="mock-key"):
        self.client = mistral.Mistral(api_key=key, server_url=mock.url)

    def ask(self, stream, tools=False, schema=False, image=False):
        content = "Hi"
        if image:
            content = [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": f"data:image/png;base64,{IMAGE}"}]
        more = {}
        if tools:
            more["tools"] = [{"type": "function", "function": TOOL}]
        if schema:
            more["response_format"] = {"type": "json_schema", "json_schema": {"name": "w", "schema": TOOL["parameters"]}}
        body = {"model": "m", "messages": [{"role": "user", "content": content}], **more}
        if not stream:
            whole = self.client.chat.complete(**body)
            message = whole.choices[0].message
            calls = [(c.function.name, json.loads(c.function.arguments)) for c in message.tool_calls or []]
            return message.content or "", calls, whole.choices[0].finish_reason, self.usage(whole.usage)
        text, calls, finish, usage = "", [], None, None
        for event in self.client.chat.stream(**body):
            usage = event.data.usage or usage
            for choice in event.data.choices:
                text += choice.delta.content or ""
                finish = choice.finish_reason or finish
                calls += [(c.function.name, json.loads(c.function.arguments)) for c in choice.delta.tool_calls or []]
        return text, calls, finish, self.usage(usage)

    @staticmethod
    def usage(said):
        details = said.model_extra.get("prompt_tokens_details") if said.model_extra else None
        cached = (details or {}).get("cached_tokens", 0) if isinstance(details, dict) else 0
        return Usage(said.prompt_tokens, said.completion_tokens, cached or getattr(said, "num_cached_tokens", 0) or 0)


class Anthropic:
    maker = ANTHROPIC
    failures = {429: anthropic.RateLimitError, 401: anthropic.AuthenticationError, 400: anthropic.BadRequestError,
                500: anthropic.InternalServerError}  # fmt: skip
    finishes = {"end_turn": "stop", "max_tokens": "length", "tool_use": "tool_calls"}

    def __init__(self, mock, key="mock-key"):
        self.client = anthropic.Anthropic(base_url=mock.url, api_key=key, max_retries=0)

    def ask(self, stream, tools=False, schema=False, image=False):
        content = "Hi"
        if image:
            source = {"type": "base64", "media_type": "image/png", "data": IMAGE}
            content = [{"type": "text", "text": "Hi"}, {"type": "image", "source": source}]
        more = {}
        if tools:
            more["tools"] = [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["parameters"]}]
        if schema:
            more["output_config"] = {"format": {"type": "json_schema", "schema": TOOL["parameters"]}}
        body = {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": content}], **more}
        if stream:
            with self.client.messages.stream(**body) as events:
                whole = events.get_final_message()
        else:
            whole = self.client.messages.create(**body)
        text = "".join(block.text for block in whole.content if block.type == "text")
        calls = [(block.name, block.input) for block in whole.content if block.type == "tool_use"]
        u = whole.usage
        return text, calls, self.finishes[whole.stop_reason], Usage(
            u.input_tokens + u.cache_read_input_tokens, u.output_tokens, u.cache_read_input_tokens)  # fmt: skip

    def count(self):
        tools = [{"name": TOOL["name"], "description": TOOL["description"], "input_schema": TOOL["parameters"]}]
        return self.client.messages.count_tokens(
            model="m", system="Be brief.", messages=[{"role": "user", "content": "Hi"}], tools=tools).input_tokens  # fmt: skip


class Gemini:
    maker = GEMINI
    failures = {429: genai.errors.ClientError, 401: genai.errors.ClientError, 400: genai.errors.ClientError,
                500: genai.errors.ServerError}  # fmt: skip

    def __init__(self, mock, key="mock-key"):
        options = genai.types.HttpOptions(base_url=mock.url, retry_options=genai.types.HttpRetryOptions(attempts=1))
        self.client = genai.Client(api_key=key, http_options=options)

    def ask(self, stream, tools=False, schema=False, image=False):
        parts = [genai.types.Part.from_text(text="Hi")]
        if image:
            parts.append(genai.types.Part.from_bytes(data=base64.b64decode(IMAGE), mime_type="image/png"))
        more = {}
        if tools:
            function = {"name": TOOL["name"], "description": TOOL["description"], "parameters_json_schema": TOOL["parameters"]}
            more["tools"] = [{"function_declarations": [function]}]
            more["automatic_function_calling"] = {"disable": True}
        if schema:
            more |= {"response_mime_type": "application/json", "response_json_schema": TOOL["parameters"]}
        body = {"model": "m", "contents": [genai.types.Content(role="user", parts=parts)], "config": more}
        chunks = list(self.client.models.generate_content_stream(**body)) if stream else [self.client.models.generate_content(**body)]
        text, calls, finish = "", [], None
        for chunk in chunks:
            for part in chunk.candidates[0].content.parts or []:
                text += part.text or ""
                if part.function_call:
                    calls.append((part.function_call.name, part.function_call.args))
            finish = chunk.candidates[0].finish_reason or finish
        u = chunks[-1].usage_metadata
        word = {"STOP": "tool_calls" if calls else "stop", "MAX_TOKENS": "length"}[finish.value]
        return text, calls, word, Usage(u.prompt_token_count, u.candidates_token_count + (u.thoughts_token_count or 0),
                                        u.cached_content_token_count or 0, u.thoughts_token_count or 0)  # fmt: skip

    def count(self):
        return self.client.models.count_tokens(model="m", contents="Hi").total_tokens


class Bedrock:
    maker = BEDROCK
    failures = dict.fromkeys((429, 401, 400, 500), botocore.exceptions.ClientError)
    finishes = {"end_turn": "stop", "max_tokens": "length", "tool_use": "tool_calls"}

    def __init__(self, mock, key="mock-key"):
        self.client = boto3.client("bedrock-runtime", region_name=REGION, endpoint_url=mock.url, aws_access_key_id=KEY_ID,
                                   aws_secret_access_key=key, config=botocore.config.Config(retries={"max_attempts": 0}))  # fmt: skip

    def ask(self, stream, tools=False, schema=False, image=False):
        content = [{"text": "Hi"}]
        if image:
            content.append({"image": {"format": "png", "source": {"bytes": base64.b64decode(IMAGE)}}})
        more = {}
        if tools:
            spec = {"name": TOOL["name"], "description": TOOL["description"], "inputSchema": {"json": TOOL["parameters"]}}
            more["toolConfig"] = {"tools": [{"toolSpec": spec}]}
        body = {"modelId": "maker.model-v1:0", "messages": [{"role": "user", "content": content}], **more}
        if not stream:
            whole = self.client.converse(**body)
            blocks = whole["output"]["message"]["content"]
            text = "".join(block.get("text", "") for block in blocks)
            calls = [(block["toolUse"]["name"], block["toolUse"]["input"]) for block in blocks if "toolUse" in block]
            finish, u = whole["stopReason"], whole["usage"]
        else:
            text, pieces, finish, u = "", {}, None, None
            for event in self.client.converse_stream(**body)["stream"]:
                if start := event.get("contentBlockStart"):
                    pieces[start["contentBlockIndex"]] = [start["start"]["toolUse"]["name"], ""]
                if said := event.get("contentBlockDelta"):
                    text += said["delta"].get("text", "")
                    if "toolUse" in said["delta"]:
                        pieces[said["contentBlockIndex"]][1] += said["delta"]["toolUse"]["input"]
                finish = event.get("messageStop", {}).get("stopReason") or finish
                u = event.get("metadata", {}).get("usage") or u
            calls = [(name, json.loads(arguments)) for name, arguments in pieces.values()]
        return text, calls, self.finishes[finish], Usage(
            u["inputTokens"] + u["cacheReadInputTokens"], u["outputTokens"], u["cacheReadInputTokens"])  # fmt: skip

    def count(self):
        conversation = {"system": [{"text": "Be brief."}], "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
        return self.client.count_tokens(modelId="maker.model-v1:0", input={"converse": conversation})["inputTokens"]


LIBRARIES = [OpenAI, XAI_, Azure, AzureV1, Mistral, Anthropic, Gemini, Bedrock]


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


def test_tokens_are_counted_where_the_maker_counts_them(library):
    if library.maker not in (OPENAI, ANTHROPIC, GEMINI, BEDROCK):
        pytest.skip("has no call for it that is used here")
    library.mock.plan = Plan(usage=Usage(prompt=20))
    assert library.count() == 20


def test_what_came_is_kept_and_leaving_is_seen(library):
    library.ask(True)
    received = library.mock.received[0]
    assert received.method == "POST" and b"Hi" in received.body
    eventually("the answer is sent to its end", lambda: received.whole)
