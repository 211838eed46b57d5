"""OpenAI's dialect, after the API reference; and the servers that speak it with differences, as data."""

import dataclasses
import json

from . import media, vectors
from .plan import Plan
from .server import Received, Refused, Reply

KNOWN = {
    "model", "messages", "stream", "stream_options", "temperature", "top_p", "n", "stop", "max_tokens",
    "max_completion_tokens", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "user",
    "seed", "tools", "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort", "service_tier",
    "metadata", "store", "safety_identifier", "prompt_cache_key", "verbosity", "modalities",
}  # fmt: skip


def error(message: str, type_: str, code: str | None, param: str | None = None) -> dict:
    return {"error": {"message": message, "type": type_, "param": param, "code": code}}


def invalid(message: str, param: str | None = None, code: str | None = None) -> Refused:
    return Refused(400, error(message, "invalid_request_error", code, param))


FAILURES = {
    "": ("The server had an error while processing your request.", "server_error", None),
    "rate_limit": ("Rate limit reached for requests.", "requests", "rate_limit_exceeded"),
    "quota": ("You exceeded your current quota.", "insufficient_quota", "insufficient_quota"),
    "context": (
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 200000 tokens.",
        "invalid_request_error", "context_length_exceeded"),
    "filter": ("Invalid prompt: flagged as potentially violating our usage policy.", "invalid_request_error",
               "invalid_prompt"),
    "key": ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    "not_found": ("The model `m` does not exist or you do not have access to it.", "invalid_request_error",
                  "model_not_found"),
    "overloaded": ("The engine is currently overloaded, please try again later.", "server_error", None),
    "invalid": ("Invalid value for 'temperature'.", "invalid_request_error", "invalid_value"),
}  # fmt: skip


def failure(status: int, word: str) -> tuple[int, dict]:
    message, type_, code = FAILURES[word]
    return status, error(message, type_, code)


def authorize(request: Received, takes_key):
    if not takes_key(request.headers.get("authorization", "").removeprefix("Bearer ")):
        raise Refused(401, failure(401, "key")[1])


def check_parts(where: str, role: str, content):
    if isinstance(content, str):
        return
    if not isinstance(content, list) or not content:
        raise invalid(f"Invalid type for '{where}.content'.", f"{where}.content", "invalid_type")
    for part in content:
        kind = part.get("type")
        if kind == "text":
            assert isinstance(part["text"], str)
        elif kind == "image_url" and role == "user":
            url = part["image_url"]
            url = url if isinstance(url, str) else url["url"]
            if not url.startswith(("https://", "http://", "data:image/")):
                raise invalid("Invalid image.", f"{where}.content", "invalid_image_url")
        elif kind == "refusal" and role == "assistant":
            pass
        else:
            raise invalid(f"Invalid part '{kind}' for the role '{role}'.", f"{where}.content", "invalid_value")


def check_messages(messages: list, also: frozenset):
    if not isinstance(messages, list) or not messages:
        raise invalid("[] is too short - 'messages'", "messages", "empty_array")
    waiting: set[str] = set()
    for i, message in enumerate(messages):
        where, role = f"messages[{i}]", message.get("role")
        if role not in ("system", "developer", "user", "assistant", "tool"):
            raise invalid(f"Invalid role '{role}'.", f"{where}.role", "invalid_value")
        if waiting and role != "tool":
            raise invalid("An assistant message with 'tool_calls' must be followed by tool messages.", where)
        unknown = set(message) - {"role", "content", "name", "tool_calls", "tool_call_id", "refusal", *also}
        if unknown:
            raise invalid(f"Unknown parameter: '{where}.{unknown.pop()}'.", where, "unknown_parameter")
        if role == "tool":
            if message.get("tool_call_id") not in waiting:
                raise invalid("Messages with role 'tool' must be a response to a preceding call.", where)
            waiting.discard(message["tool_call_id"])
        for call in message.get("tool_calls") or []:
            if role != "assistant" or call["type"] != "function" or not isinstance(call["function"]["arguments"], str):
                raise invalid("Invalid tool call.", where)
            waiting.add(call["id"])
        if message.get("content") is None:
            if not message.get("tool_calls"):
                raise invalid(f"Invalid value for 'content': expected a string, got null.", f"{where}.content")
        else:
            check_parts(where, role, message["content"])


def check(body: dict, known: frozenset, also_in_messages: frozenset):
    unknown = set(body) - known
    if unknown:
        name = unknown.pop()
        raise invalid(f"Unrecognized request argument supplied: {name}", name, "unknown_parameter")
    if not isinstance(body.get("model"), str):
        raise invalid("you must provide a model parameter", "model")
    check_messages(body.get("messages"), also_in_messages)
    if "max_tokens" in body and "max_completion_tokens" in body:
        raise invalid("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
    if "stream_options" in body and not body.get("stream"):
        raise invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
    names = set()
    for tool in body.get("tools") or []:
        if tool["type"] != "function" or not isinstance(tool["function"].get("parameters", {}), dict):
            raise invalid("Invalid tool.", "tools")
        names.add(tool["function"]["name"])
    if body.get("tools") == []:
        raise invalid("[] is too short - 'tools'", "tools", "empty_array")
    if not names and ("tool_choice" in body or "parallel_tool_calls" in body):
        raise invalid("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice")
    format_ = body.get("response_format") or {"type": "text"}
    if format_["type"] == "json_schema":
        if not isinstance(format_["json_schema"]["schema"], dict) or not format_["json_schema"]["name"]:
            raise invalid("Missing required parameter.", "response_format.json_schema")
    elif format_["type"] not in ("text", "json_object"):
        raise invalid("Invalid value.", "response_format.type")


def usage_of(plan: Plan) -> dict | None:
    u = plan.usage
    return u and {
        "prompt_tokens": u.prompt, "completion_tokens": u.completion, "total_tokens": u.prompt + u.completion,
        "prompt_tokens_details": {"cached_tokens": u.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": u.reasoning, "audio_tokens": 0},
    }  # fmt: skip


def calls_of(plan: Plan) -> list[dict]:
    return [
        {"id": call.id or f"call_{i}", "type": "function",
         "function": {"name": call.name, "arguments": "".join(call.arguments)}}
        for i, call in enumerate(plan.calls)
    ]  # fmt: skip


def whole(body: dict, plan: Plan, head: dict, thoughts: str) -> bytes:
    message = {"role": "assistant", "content": plan.text or None, "refusal": None}
    if plan.calls:
        message["tool_calls"] = calls_of(plan)
    if plan.reasoning and thoughts:
        message[thoughts] = "".join(plan.reasoning)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": plan.finish_reason}
    out = {**head, "object": "chat.completion", "choices": [choice]}
    if plan.usage:
        out["usage"] = usage_of(plan)
    return json.dumps(out).encode()


def event(value: dict) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def frames(body: dict, plan: Plan, head: dict, thoughts: str) -> list:
    with_usage = (body.get("stream_options") or {}).get("include_usage") and plan.usage
    out = []

    def chunk(is_delta: bool, delta: dict, finish: str | None = None, index: int = 0):
        value = {**head, "object": "chat.completion.chunk",
                 "choices": [{"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}]}  # fmt: skip
        if with_usage:
            value["usage"] = None
        out.append((is_delta, event(value)))

    for index in range(body.get("n") or 1):
        chunk(False, {"role": "assistant", "content": "", "refusal": None}, index=index)
        for piece in plan.reasoning if thoughts else ():
            chunk(True, {thoughts: piece}, index=index)
        for piece in plan.pieces:
            chunk(True, {"content": piece}, index=index)
        for i, call in enumerate(plan.calls):
            # A call that has one piece comes at once, as from makers that do not stream arguments.
            at_once = call.arguments[0] if len(call.arguments) == 1 else ""
            first = {"index": i, "id": call.id or f"call_{i}", "type": "function",
                     "function": {"name": call.name, "arguments": at_once}}  # fmt: skip
            chunk(True, {"tool_calls": [first]}, index=index)
            for piece in call.arguments if not at_once else ():
                chunk(True, {"tool_calls": [{"index": i, "function": {"arguments": piece}}]}, index=index)
        chunk(False, {}, plan.finish_reason, index=index)
    if with_usage:
        out.append((False, event({**head, "object": "chat.completion.chunk", "choices": [], "usage": usage_of(plan)})))
    out.append((False, b"data: [DONE]\n\n"))
    return out


def decode(request: Received, path: str) -> dict:
    if request.method != "POST" or request.path != path:
        raise Refused(404, error(f"Invalid URL ({request.method} {request.path})", "invalid_request_error", None))
    try:
        return json.loads(request.body)
    except ValueError:
        raise invalid("We could not parse the JSON body of your request.") from None


def check_input(body: dict):
    """What is counted: a conversation in items, and what stands beside it."""
    if unknown := set(body) - {"model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text",
                               "reasoning", "truncation", "conversation", "previous_response_id", "personality"}:  # fmt: skip
        raise invalid(f"Unknown parameter: '{sorted(unknown)[0]}'.", sorted(unknown)[0], "unknown_parameter")
    items = [{"role": "user", "content": body["input"]}] if isinstance(body["input"], str) else body["input"]
    waiting: set[str] = set()
    for i, item in enumerate(items):
        where, type_ = f"input[{i}]", item.get("type", "message")
        if type_ == "function_call":
            assert isinstance(item["arguments"], str) and item["name"]
            waiting.add(item["call_id"])
        elif type_ == "function_call_output":
            if item["call_id"] not in waiting or not isinstance(item["output"], str):
                raise invalid("No tool call found for function call output.", where)
        elif type_ == "message" and isinstance(item["content"], list):
            kinds = {"output_text", "refusal"} if item["role"] == "assistant" else {"input_text", "input_image"}
            for part in item["content"]:
                if part["type"] not in kinds:
                    raise invalid(f"Invalid value: '{part['type']}'.", f"{where}.content", "invalid_value")
        elif type_ != "message":
            raise invalid(f"Invalid value: '{type_}'.", f"{where}.type", "invalid_value")
    for tool in body.get("tools") or []:
        if tool["type"] != "function" or not isinstance(tool["parameters"], dict) or not isinstance(tool["strict"], bool):
            raise invalid("Missing required parameter.", "tools[0].parameters")
    if "tool_choice" in body and not body.get("tools"):
        raise invalid("Tool choices can only be specified with tools.", "tool_choice")
    form = (body.get("text") or {}).get("format", {"type": "text"})
    if form["type"] == "json_schema" and not (form["name"] and isinstance(form["schema"], dict)):
        raise invalid("Missing required parameter: 'text.format.name'.", "text.format.name")


@dataclasses.dataclass(frozen=True)
class ChatCompletions:
    """A maker or server that speaks this dialect, and in what it differs."""

    path: str = "/v1/chat/completions"
    known: frozenset = frozenset(KNOWN)
    also_in_messages: frozenset = frozenset()
    thoughts: str = ""  # the member in which it streams them

    failure = staticmethod(failure)
    authorize = staticmethod(authorize)

    def reply(self, body: dict, plan: Plan) -> Reply:
        head = {"id": "chatcmpl-mock", "created": 1_700_000_000, "model": body["model"] + "-2026-01-01",
                "system_fingerprint": "fp_mock", "service_tier": "default"}  # fmt: skip
        headers = {"x-request-id": "req_mock", "openai-processing-ms": "1"}
        if not body.get("stream"):
            headers["content-type"] = "application/json"
            return Reply(headers=headers, body=whole(body, plan, head, self.thoughts))
        headers["content-type"] = "text/event-stream; charset=utf-8"
        broke = {"error": {"message": "The server had an error.", "type": "server_error", "param": None, "code": None}}
        return Reply(headers=headers, frames=frames(body, plan, head, self.thoughts), error_frame=event(broke))

    dimensions: str = "dimensions"  # what the parameter is called

    def embed(self, request: Received, body: dict) -> Reply:
        known = {"model", "input", "encoding_format", "user", self.dimensions}
        if unknown := set(body) - known:
            raise invalid(f"Unrecognized request argument supplied: {sorted(unknown)[0]}")
        return Reply(headers={"content-type": "application/json"}, body=vectors.answer(body, body.get(self.dimensions) or 8))

    def answer(self, request: Received, plan: Plan) -> Reply:
        if request.path == self.path.replace("chat/completions", "embeddings"):
            return self.embed(request, decode(request, request.path))
        operation = request.path.removeprefix(self.path.removesuffix("chat/completions"))
        if request.method == "POST" and (other := media.answer(operation, request, plan)):
            return other
        body = decode(request, self.path)
        check(body, self.known, self.also_in_messages)
        return self.reply(body, plan)


@dataclasses.dataclass(frozen=True)
class Own(ChatCompletions):
    """OpenAI itself, which counts the tokens of a conversation in the form of its Responses."""

    def answer(self, request: Received, plan: Plan) -> Reply:
        if request.path != "/v1/responses/input_tokens":
            return super().answer(request, plan)
        body = decode(request, request.path)
        check_input(body)
        counted = {"object": "response.input_tokens", "input_tokens": plan.usage.prompt}
        return Reply(headers={"content-type": "application/json"}, body=json.dumps(counted).encode())


OPENAI = Own()
COMPATIBLE = ChatCompletions(
    # Some of these are its own, as servers of this dialect have.
    known=frozenset(KNOWN | {"top_k", "min_p", "repetition_penalty", "min_tokens", "chat_template_kwargs", "x_trace"}),
    also_in_messages=frozenset({"reasoning_content"}),
    thoughts="reasoning_content",
)
