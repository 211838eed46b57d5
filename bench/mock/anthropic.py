"""Anthropic's Messages, after its API reference."""

import json

from .plan import Plan
from .server import Received, Refused, Reply

KNOWN = {
    "model", "messages", "max_tokens", "system", "stream", "temperature", "top_p", "top_k", "stop_sequences", "tools",
    "tool_choice", "thinking", "metadata", "service_tier", "output_config", "cache_control",
    "x_trace",  # a new one, as makers have them
}  # fmt: skip
# What count_tokens takes: nothing that only an answer needs.
COUNTED = {"model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "cache_control", "x_trace"}
TYPES = {400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
         404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 529: "overloaded_error"}  # fmt: skip
WORDS = {
    "": "Internal server error", "rate_limit": "This request would exceed your organization's rate limit of 50 requests per minute.",
    "context": "prompt is too long: 212345 tokens > 200000 maximum", "key": "invalid x-api-key", "overloaded": "Overloaded",
    "invalid": "temperature: range: -1..1", "not_found": "model: m", "filter": "Output blocked by content filtering policy",
}  # fmt: skip
# The newer one has no temperature, top_p and top_k.
VERSIONS = ("2023-06-01", "2026-10-21")
REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


def error(status: int, message: str) -> dict:
    return {"type": "error", "error": {"type": TYPES.get(status, "api_error"), "message": message}, "request_id": "req_mock"}


def invalid(message: str) -> Refused:
    return Refused(400, error(400, message))


def check(body: dict, known=frozenset(KNOWN)):
    if unknown := set(body) - known:
        raise invalid(f"{sorted(unknown)[0]}: Extra inputs are not permitted")
    if "max_tokens" in known and (not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1):
        raise invalid("max_tokens: Field required")
    if not body.get("messages"):
        raise invalid("messages: at least one message is required")
    waiting: list[str] = []
    for i, message in enumerate(body["messages"]):
        role, content = message["role"], message["content"]
        if role not in ("user", "assistant") or set(message) != {"role", "content"}:
            raise invalid(f"messages.{i}.role: Input should be 'user' or 'assistant'")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        if not blocks:
            raise invalid(f"messages.{i}: all messages must have non-empty content")
        if waiting:
            answered = [b.get("tool_use_id") for b in blocks[: len(waiting)] if b["type"] == "tool_result"]
            if sorted(answered) != sorted(waiting):
                raise invalid(f"messages.{i}: `tool_use` ids were found without `tool_result` blocks immediately after")
        waiting = []
        for block in blocks:
            kind = block["type"]
            if kind == "text":
                if not block["text"].strip():
                    raise invalid("messages: text content blocks must be non-empty")
            elif kind == "image" and role == "user":
                source = block["source"]
                assert (source["type"] == "base64" and source["media_type"].startswith("image/") and source["data"]) or (
                    source["type"] == "url" and source["url"].startswith("https://"))
            elif kind == "tool_use" and role == "assistant":
                assert isinstance(block["input"], dict) and block["id"] and block["name"]
                waiting.append(block["id"])
            elif kind == "tool_result" and role == "user":
                assert block["tool_use_id"]
            elif kind == "thinking" and role == "assistant":
                if not block.get("signature"):
                    raise invalid("thinking.signature: Field required")
            elif kind == "redacted_thinking" and role == "assistant":
                assert block["data"]
            else:
                raise invalid(f"messages.{i}: unexpected block '{kind}'")
    for tool in body.get("tools") or []:
        if set(tool) - {"name", "description", "input_schema", "strict", "type", "cache_control"} or tool["input_schema"]["type"] != "object":
            raise invalid("tools.0.custom.input_schema.type: Field required")
    choice = body.get("tool_choice", {"type": "auto"})
    if choice["type"] not in ("auto", "any", "tool", "none") or ("tools" not in body and "tool_choice" in body):
        raise invalid("tool_choice: tools are required")
    thinking = body.get("thinking", {"type": "disabled"})
    if thinking["type"] == "enabled":
        if not 1024 <= thinking["budget_tokens"] < body.get("max_tokens", 1 << 30):
            raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`")
        if "temperature" in body or "top_k" in body or choice["type"] in ("any", "tool"):
            raise invalid("Thinking may not be enabled when temperature, top_k or a forced tool is used.")
    if not 0 <= body.get("temperature", 0) <= 1:
        raise invalid("temperature: range: -1..1")
    output = body.get("output_config") or {}
    if set(output) - {"effort", "format"} or (f := output.get("format")) and (f["type"] != "json_schema" or "schema" not in f):
        raise invalid("output_config: Extra inputs are not permitted")


class Anthropic:
    def authorize(self, request: Received, takes_key):
        key = request.headers.get("x-api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
        if not takes_key(key):
            raise Refused(401, error(401, WORDS["key"]))
        if request.headers.get("anthropic-version") not in VERSIONS:
            raise invalid("anthropic-version: header is required")

    def failure(self, status: int, word: str) -> tuple[int, dict]:
        return status, error(status, WORDS[word])

    @staticmethod
    def usage(plan: Plan) -> dict:
        u = plan.usage
        return {"input_tokens": u.prompt - u.cached, "cache_creation_input_tokens": 0, "cache_read_input_tokens": u.cached,
                "output_tokens": u.completion, "service_tier": "standard",
                "output_tokens_details": {"thinking_tokens": u.reasoning}}  # fmt: skip

    def answer(self, request: Received, plan: Plan) -> Reply:
        if request.method != "POST" or request.path not in ("/v1/messages", "/v1/messages/count_tokens"):
            raise Refused(404, error(404, f"Not found: {request.path}"))
        body = json.loads(request.body)
        if request.path.endswith("/count_tokens"):
            check(body, frozenset(COUNTED))
            return Reply(headers={"content-type": "application/json", "request-id": "req_mock"},
                         body=json.dumps({"input_tokens": plan.usage.prompt}).encode())  # fmt: skip
        check(body)
        if request.headers["anthropic-version"] == VERSIONS[1] and {"temperature", "top_p", "top_k"} & set(body):
            raise invalid("temperature: Extra inputs are not permitted")
        reason = REASONS[plan.finish_reason]
        head = {"id": "msg_mock", "type": "message", "role": "assistant", "model": body["model"]}
        if not body.get("stream"):
            content = []
            if plan.reasoning:
                content.append({"type": "thinking", "thinking": "".join(plan.reasoning), "signature": "c2ln"})
            if plan.text:
                content.append({"type": "text", "text": plan.text})
            content += [{"type": "tool_use", "id": call.id or f"toolu_{i}", "name": call.name, "input": json.loads("".join(call.arguments))}
                        for i, call in enumerate(plan.calls)]  # fmt: skip
            out = {**head, "content": content, "stop_reason": reason, "stop_sequence": None, "usage": self.usage(plan)}
            return Reply(headers={"content-type": "application/json", "request-id": "req_mock"}, body=json.dumps(out).encode())
        return Reply(headers={"content-type": "text/event-stream; charset=utf-8", "request-id": "req_mock"},
                     frames=self.frames(head, plan, reason), pings=b'event: ping\ndata: {"type": "ping"}\n\n',
                     broken=b'event: content_block_delta\ndata: {"type": "content_bl\n\n',
                     error_frame=self.event({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}))  # fmt: skip

    @staticmethod
    def event(value: dict) -> bytes:
        return f"event: {value['type']}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode()

    def frames(self, head: dict, plan: Plan, reason: str) -> list:
        out = []

        def add(value: dict, is_delta=False):
            out.append((is_delta, self.event(value)))

        first = {**self.usage(plan), "output_tokens": 1}
        add({"type": "message_start", "message": {**head, "content": [], "stop_reason": None, "stop_sequence": None, "usage": first}})
        index = 0

        def block(start: dict, deltas: list):
            nonlocal index
            add({"type": "content_block_start", "index": index, "content_block": start})
            if index == 0:
                add({"type": "ping"})
            for delta in deltas:
                add({"type": "content_block_delta", "index": index, "delta": delta}, "signature" not in delta)
            add({"type": "content_block_stop", "index": index})
            index += 1

        if plan.reasoning:
            thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in plan.reasoning]
            block({"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, {"type": "signature_delta", "signature": "c2ln"}])
        if plan.pieces:
            block({"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in plan.pieces])
        for i, call in enumerate(plan.calls):
            pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *call.arguments)]
            block({"type": "tool_use", "id": call.id or f"toolu_{i}", "name": call.name, "input": {}}, pieces)
        add({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None},
             "usage": {"output_tokens": plan.usage.completion,
                       "output_tokens_details": {"thinking_tokens": plan.usage.reasoning}}})  # fmt: skip
        add({"type": "message_stop"})
        return out


ANTHROPIC = Anthropic()
