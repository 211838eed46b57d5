"""Amazon Bedrock's Converse and ConverseStream, after its API reference: requests signed with Signature Version 4, streams
in the binary event stream encoding."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import struct
import urllib.parse

from .plan import Plan
from .server import Received, Refused, Reply

KEY_ID, REGION = "AKIDMOCK", "eu-west-3"
PATH = re.compile(r"/model/([^/]+)/(converse|converse-stream|count-tokens)")
REASONS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "content_filtered"}
KNOWN = {"messages", "system", "inferenceConfig", "toolConfig", "additionalModelRequestFields", "additionalModelResponseFieldPaths",
         "guardrailConfig", "performanceConfig", "promptVariables", "requestMetadata", "outputConfig", "serviceTier"}  # fmt: skip
COUNTED = {"messages", "system", "toolConfig", "additionalModelRequestFields"}
TYPES = {400: "ValidationException", 403: "AccessDeniedException", 404: "ResourceNotFoundException", 408: "ModelTimeoutException",
         424: "ModelErrorException", 429: "ThrottlingException", 500: "InternalServerException", 503: "ServiceUnavailableException"}  # fmt: skip
WORDS = {
    "": "The system encountered an unexpected error during processing. Try your request again.",
    "rate_limit": "Too many requests, please wait before trying again.",
    "context": "The model returned the following errors: Input is too long for requested model.",
    "key": "The security token included in the request is invalid.", "overloaded": "Bedrock is unable to process your request.",
    "invalid": "The value at inferenceConfig.temperature is not valid.", "not_found": "Could not resolve the foundation model.",
}  # fmt: skip


def refused(status: int, message: str) -> Refused:
    type_ = TYPES.get(status, "InternalServerException")
    return Refused(status, {"message": message}, {"x-amzn-errortype": f"{type_}:http://internal.amazon.com/coral/"})


def expected_signature(request: Received, secret: str, signed: str, scope: str, stamp: str) -> str:
    """Written from the documentation of the algorithm, apart from what our side and boto3 do."""
    path, _, query = request.target.partition("?")
    canonical = "\n".join([
        request.method, urllib.parse.quote(path, safe="/-_.~"), query,
        *(f"{name}:{' '.join(request.headers[name].split())}" for name in signed.split(";")), "", signed,
        hashlib.sha256(request.body).hexdigest()])  # fmt: skip
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def message(kind: str, event: str, payload: bytes) -> bytes:
    """One message: lengths, CRC of both, headers, payload, CRC of all."""
    headers = b""
    named = {":message-type": kind, (":event-type" if kind == "event" else ":exception-type"): event, ":content-type": "application/json"}
    for name, value in named.items():
        headers += bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    front = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + payload
    return front + struct.pack(">I", binascii.crc32(front))


def check(body: dict, known=frozenset(KNOWN)):
    if unknown := set(body) - known:
        raise refused(400, f"Malformed input request: extraneous key [{sorted(unknown)[0]}] is not permitted")
    if not body.get("messages") or body["messages"][0]["role"] != "user":
        raise refused(400, "A conversation must start with a user message.")
    before, waiting = "", []
    for item in body["messages"]:
        if item["role"] not in ("user", "assistant") or item["role"] == before:
            raise refused(400, "A conversation must alternate between user and assistant roles.")
        before = item["role"]
        answered = [block["toolResult"]["toolUseId"] for block in item["content"] if "toolResult" in block]
        if sorted(answered) != sorted(waiting):
            raise refused(400, "Expected toolResult blocks for each toolUse of the turn before.")
        waiting = []
        for block in item["content"]:
            (kind,) = block
            if kind == "text" and not block["text"].strip():
                raise refused(400, "The text field in the ContentBlock object is blank.")
            elif kind == "image":
                assert block["image"]["format"] in ("png", "jpeg", "gif", "webp")
                assert base64.b64decode(block["image"]["source"]["bytes"], validate=True)
            elif kind == "toolUse":
                assert isinstance(block["toolUse"]["input"], dict) and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", block["toolUse"]["toolUseId"])
                waiting.append(block["toolUse"]["toolUseId"])
            elif kind not in ("text", "toolResult", "reasoningContent"):
                raise refused(400, f"Unknown block {kind}")
    if unknown := set(body.get("inferenceConfig") or {}) - {"maxTokens", "temperature", "topP", "stopSequences"}:
        raise refused(400, f"Malformed input request: extraneous key [{sorted(unknown)[0]}] is not permitted")
    for tool in (body.get("toolConfig") or {}).get("tools", []):
        assert tool["toolSpec"]["name"] and isinstance(tool["toolSpec"]["inputSchema"]["json"], dict)


class Bedrock:
    def authorize(self, request: Received, takes_key):
        said = request.headers.get("authorization", "")
        if said.startswith("Bearer "):
            if not takes_key(said.removeprefix("Bearer ")):
                raise refused(403, WORDS["key"])
            return
        parts = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\S+), ?SignedHeaders=(\S+), ?Signature=([0-9a-f]{64})", said)
        stamp = request.headers.get("x-amz-date", "")
        if not parts or parts[1] != KEY_ID or parts[2] != f"{stamp[:8]}/{REGION}/bedrock/aws4_request":
            raise refused(403, WORDS["key"])
        if not {"host", "x-amz-date"} <= set(parts[3].split(";")):
            raise refused(403, "'Host' or 'X-Amz-Date' must be a signed header.")
        secrets = [s for s in self.secrets if takes_key(s)]
        if not any(expected_signature(request, s, parts[3], parts[2], stamp) == parts[4] for s in secrets):
            raise refused(403, "The request signature we calculated does not match the signature you provided.")

    secrets = ("mock-key", "new-key")  # whose signatures can be checked

    def failure(self, status: int, word: str):
        made = refused(403 if word == "key" else status, WORDS[word])
        raise made

    @staticmethod
    def usage(plan: Plan) -> dict:
        u = plan.usage
        return {"inputTokens": u.prompt - u.cached, "outputTokens": u.completion, "totalTokens": u.prompt + u.completion,
                "cacheReadInputTokens": u.cached, "cacheWriteInputTokens": 0}  # fmt: skip

    def answer(self, request: Received, plan: Plan) -> Reply:
        named = PATH.fullmatch(request.path)
        if request.method != "POST" or not named:
            raise refused(404, "Unknown operation")
        body = json.loads(request.body)
        if named[2] == "count-tokens":
            if set(body) != {"input"} or set(body["input"]) != {"converse"}:
                raise refused(400, "The input of CountTokens must be one of invokeModel and converse.")
            check(body["input"]["converse"], frozenset(COUNTED))
            return Reply(headers={"content-type": "application/json"}, body=json.dumps({"inputTokens": plan.usage.prompt}).encode())
        check(body)
        reason = REASONS[plan.finish_reason]
        metrics = {"latencyMs": 1}
        if named[2] == "converse":
            content = []
            if plan.reasoning:
                content.append({"reasoningContent": {"reasoningText": {"text": "".join(plan.reasoning), "signature": "c2ln"}}})
            if plan.text:
                content.append({"text": plan.text})
            content += [{"toolUse": {"toolUseId": c.id or f"tooluse_{i}", "name": c.name, "input": json.loads("".join(c.arguments))}}
                        for i, c in enumerate(plan.calls)]  # fmt: skip
            out = {"output": {"message": {"role": "assistant", "content": content}}, "stopReason": reason,
                   "usage": self.usage(plan), "metrics": metrics}  # fmt: skip
            return Reply(headers={"content-type": "application/json"}, body=json.dumps(out).encode())
        frames = []

        def add(event: str, value: dict, is_delta=False):
            frames.append((is_delta, message("event", event, json.dumps(value, ensure_ascii=False).encode())))

        add("messageStart", {"role": "assistant"})
        index = 0
        blocks = [({}, [{"reasoningContent": {"text": p}} for p in plan.reasoning] + [{"reasoningContent": {"signature": "c2ln"}}])] if plan.reasoning else []
        blocks += [({}, [{"text": p} for p in plan.pieces])] if plan.pieces else []
        blocks += [({"toolUse": {"toolUseId": c.id or f"tooluse_{i}", "name": c.name}}, [{"toolUse": {"input": p}} for p in c.arguments])
                   for i, c in enumerate(plan.calls)]  # fmt: skip
        for start, deltas in blocks:
            if start:
                add("contentBlockStart", {"start": start, "contentBlockIndex": index})
            for delta in deltas:
                add("contentBlockDelta", {"delta": delta, "contentBlockIndex": index}, "signature" not in str(delta))
            add("contentBlockStop", {"contentBlockIndex": index})
            index += 1
        add("messageStop", {"stopReason": reason})
        add("metadata", {"usage": self.usage(plan), "metrics": metrics})
        return Reply(headers={"content-type": "application/vnd.amazon.eventstream"}, frames=frames, pings=b"",
                     broken=message("event", "contentBlockDelta", b'{"delta": {"te'),
                     error_frame=message("exception", "throttlingException", json.dumps({"message": WORDS["rate_limit"]}).encode()))  # fmt: skip


BEDROCK = Bedrock()
