"""Azure OpenAI, after its REST reference: OpenAI's dialect under Azure's paths and keys, with the content filter's word."""

import dataclasses
import json
import re

from . import media, openai
from .openai import ChatCompletions, check, decode
from .plan import Plan
from .server import Received, Refused, Reply

SAFE = {kind: {"filtered": False, "severity": "safe"} for kind in ("hate", "self_harm", "sexual", "violence")}
DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)/chat/completions")


@dataclasses.dataclass(frozen=True)
class Azure(ChatCompletions):
    @staticmethod
    def failure(status: int, word: str) -> tuple[int, dict]:
        if word == "filter":
            return 400, {"error": {
                "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
                "type": None, "param": "prompt", "code": "content_filter", "status": 400,
                "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": SAFE}}}  # fmt: skip
        if word == "key":
            return 401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}
        if word == "rate_limit":
            return 429, {"error": {"code": "429", "message": "Requests have exceeded call rate limit. Please retry later."}}
        if word == "not_found":
            return 404, {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}
        return openai.failure(status, word)

    def authorize(self, request: Received, takes_key):
        key = request.headers.get("api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
        if not takes_key(key):
            raise Refused(*self.failure(401, "key"))

    def answer(self, request: Received, plan: Plan) -> Reply:
        query = dict(part.split("=") for part in request.target.partition("?")[2].split("&") if "=" in part)
        if request.path.endswith("/embeddings"):
            body = decode(request, request.path)
            if request.path != "/openai/v1/embeddings":
                assert request.path.startswith("/openai/deployments/") and query["api-version"]
            return self.embed(request, body)
        operation = re.sub(r"^/openai/(v1|deployments/[^/]+)/", "", request.path)
        if request.method == "POST" and operation != "moderations" and (other := media.answer(operation, request, plan)):
            return other
        if named := DEPLOYMENT.fullmatch(request.path):
            if not re.fullmatch(r"20\d\d-\d\d-\d\d(-preview)?", query.get("api-version", "")):
                raise Refused(404, {"error": {"code": "404", "message": "Resource not found"}})
            body = dict(decode(request, request.path))
            body["model"] = named[1]
        else:
            body = decode(request, "/openai/v1/chat/completions")
        check(body, self.known, self.also_in_messages)
        reply = self.reply(body, plan)
        if reply.frames is not None:
            first = {"choices": [], "created": 0, "id": "", "model": "", "object": "",
                     "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}]}  # fmt: skip
            reply.frames = [(False, openai.event(first)), *(self.with_filter(*f) for f in reply.frames)]
        return reply

    @staticmethod
    def with_filter(is_delta: bool, frame: bytes):
        if frame.startswith(b"data: {"):
            value = json.loads(frame[6:])
            for choice in value["choices"]:
                choice["content_filter_results"] = SAFE if is_delta else {}
            frame = openai.event(value)
        return is_delta, frame


AZURE = Azure()
