"""xAI's chat completions, after its API reference: OpenAI's dialect; thoughts are counted beside the completion, and errors
have a shape of their own."""

import dataclasses
import json

from . import openai
from .openai import KNOWN, ChatCompletions
from .plan import Plan
from .server import Received, Refused, Reply

WORDS = {
    "key": "Incorrect API key provided: xa***. You can obtain an API key from https://console.x.ai.",
    "context": "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
    "rate_limit": "Too many requests",
    "": "Internal error",
    "overloaded": "Service temporarily unavailable.",
    "invalid": "Argument not supported on this model: presencePenalty",
    "not_found": "The model m does not exist or your team does not have access to it.",
}
CODES = {400: "Client specified an invalid argument", 401: "The caller does not have valid authentication credentials",
         404: "Some requested entity was not found", 429: "Some resource has been exhausted"}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class XAI(ChatCompletions):
    known: frozenset = frozenset(KNOWN | {"search_parameters", "deferred"})
    thoughts: str = "reasoning_content"

    @staticmethod
    def failure(status: int, word: str) -> tuple[int, dict]:
        if word == "key":
            status = 400  # as the reference says: a bad key is a bad argument
        return status, {"code": CODES.get(status, "Internal error"), "error": WORDS[word]}

    def authorize(self, request: Received, takes_key):
        if not takes_key(request.headers.get("authorization", "").removeprefix("Bearer ")):
            raise Refused(*self.failure(400, "key"))

    def answer(self, request: Received, plan: Plan) -> Reply:
        reply = super().answer(request, plan)
        if plan.usage and plan.usage.reasoning:
            said = openai.usage_of(plan)
            own = dict(said, completion_tokens=plan.usage.completion - plan.usage.reasoning)
            before, after = json.dumps(said), json.dumps(own)
            if reply.frames:
                reply.frames = [(d, f.replace(before.encode(), after.encode())) for d, f in reply.frames]
            reply.body = reply.body.replace(before.encode(), after.encode())
        return reply


XAI = XAI()
