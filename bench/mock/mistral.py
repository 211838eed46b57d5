"""Mistral's chat completions, after its API reference: OpenAI's dialect with its own names, refusals and call ids."""

import dataclasses
import re

from .openai import ChatCompletions, check_messages, decode
from .plan import Plan
from .server import Received, Refused, Reply

KNOWN = frozenset({
    "model", "messages", "temperature", "top_p", "max_tokens", "stream", "stop", "random_seed", "response_format", "tools",
    "tool_choice", "presence_penalty", "frequency_penalty", "n", "prediction", "parallel_tool_calls", "prompt_mode",
    "safe_prompt", "metadata", "reasoning_effort", "guardrails", "prompt_cache_key",
})  # fmt: skip
CALL_ID = re.compile(r"[a-zA-Z0-9]{9}")

FAILURES = {
    "": ("Service unavailable.", "internal_server_error", "1000"),
    "rate_limit": ("Requests rate limit exceeded", "rate_limited", "1300"),
    "context": ("Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
                "invalid_request_prompt", "3051"),
    "invalid": ("Invalid temperature", "invalid_request_error", "3000"),
    "not_found": ("Invalid model: m", "invalid_model", "1500"),
    "overloaded": ("Service tier capacity exceeded for this model.", "service_tier_capacity_exceeded", "3505"),
}  # fmt: skip


def object_of(message: str, type_: str, code: str) -> dict:
    return {"object": "error", "message": message, "type": type_, "param": None, "code": code}


def invalid(message: str) -> Refused:
    return Refused(400, object_of(message, "invalid_request_message_order", "3230"))


@dataclasses.dataclass(frozen=True)
class Mistral(ChatCompletions):
    known: frozenset = KNOWN
    dimensions: str = "output_dimension"

    @staticmethod
    def failure(status: int, word: str) -> tuple[int, dict]:
        if word == "key":
            return 401, {"detail": "Unauthorized"}
        return status, object_of(*FAILURES[word])

    @staticmethod
    def authorize(request: Received, takes_key):
        if not takes_key(request.headers.get("authorization", "").removeprefix("Bearer ")):
            raise Refused(401, {"detail": "Unauthorized"})

    def answer(self, request: Received, plan: Plan) -> Reply:
        if request.path == "/v1/embeddings":
            return self.embed(request, decode(request, request.path))
        body = decode(request, self.path)
        if unknown := set(body) - self.known:
            where = ["body", sorted(unknown)[0]]
            raise Refused(422, {"detail": [{"type": "extra_forbidden", "loc": where, "msg": "Extra inputs are not permitted"}]})
        messages = body.get("messages")
        check_messages(messages, frozenset({"prefix"}))
        for before, message in zip([None, *messages], messages):
            role = message["role"]
            if role == "developer":
                raise Refused(422, {"detail": [{"type": "union_tag_invalid", "loc": ["messages"], "msg": "no such role"}]})
            if before and before["role"] == "tool" and role == "user":
                raise invalid("Unexpected role 'user' after role 'tool'")
            ids = [c["id"] for c in message.get("tool_calls") or []] + ([message["tool_call_id"]] if role == "tool" else [])
            if any(not CALL_ID.fullmatch(i) for i in ids):
                raise invalid("Tool call id must be a-z, A-Z, 0-9, with a length of 9.")
        calls = tuple(dataclasses.replace(call, id=f"abcdef{i:03}", arguments=("".join(call.arguments),))
                      for i, call in enumerate(plan.calls))  # fmt: skip
        return self.reply(dict(body, stream_options={"include_usage": True}), dataclasses.replace(plan, calls=calls))


MISTRAL = Mistral()
