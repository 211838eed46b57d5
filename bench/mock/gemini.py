"""Google Gemini's generateContent and streamGenerateContent, after its API reference."""

import json
import re

from . import vectors
from .plan import Plan
from .server import Received, Refused, Reply

STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
            429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}  # fmt: skip
WORDS = {
    "": "An internal error has occurred.", "rate_limit": "You exceeded your current quota. Please retry in 7s.",
    "context": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    "key": "API key not valid. Please pass a valid API key.", "overloaded": "The model is overloaded. Please try again later.",
    "invalid": "Invalid value at 'generation_config.temperature'", "not_found": "models/m is not found for API version v1beta",
}  # fmt: skip
REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}
KNOWN = {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings", "cachedContent"}
GENERATION = {
    "temperature", "topP", "topK", "candidateCount", "maxOutputTokens", "stopSequences", "seed", "presencePenalty",
    "frequencyPenalty", "responseLogprobs", "logprobs", "responseMimeType", "responseJsonSchema", "responseSchema",
    "thinkingConfig", "responseModalities",
}  # fmt: skip
PATH = re.compile(r"/v1(?:beta)?/models/([^/:]+):(generateContent|streamGenerateContent|countTokens)")


def error(status: int, message: str) -> dict:
    return {"error": {"code": status, "message": message, "status": STATUSES.get(status, "UNKNOWN")}}


def invalid(message: str) -> Refused:
    return Refused(400, error(400, message))


def in_camel_case(value, keep=frozenset({"args", "response", "parametersJsonSchema", "responseJsonSchema"})):
    """Names come in either spelling; what the user wrote inside stays as it is."""
    if isinstance(value, list):
        return [in_camel_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, member in value.items():
        name = re.sub(r"_([a-z])", lambda m: m[1].upper(), name)
        out[name] = member if name in keep else in_camel_case(member)
    return out


def check_signatures(body: dict):
    """From Gemini 3 on: the first of the calls that stand together must have one."""
    for content in body["contents"]:
        calls = [part for part in content["parts"] if "functionCall" in part]
        if calls and not calls[0].get("thoughtSignature"):
            name = calls[0]["functionCall"]["name"]
            raise invalid(f"Function call is missing a thought_signature in functionCall parts. Additional data, function call `{name}`.")


def check(body: dict):
    if unknown := set(body) - KNOWN:
        raise invalid(f'Invalid JSON payload received. Unknown name "{sorted(unknown)[0]}": Cannot find field.')
    if unknown := set(body.get("generationConfig") or {}) - GENERATION:
        raise invalid(f'Invalid JSON payload received. Unknown name "{sorted(unknown)[0]}" at \'generation_config\'')
    if not body.get("contents"):
        raise invalid("* GenerateContentRequest.contents: contents is not specified")
    calls: list[str] = []
    for content in body["contents"]:
        if content["role"] not in ("user", "model") or not content["parts"]:
            raise invalid("Please use a valid role: user, model.")
        answered = [p["functionResponse"]["name"] for p in content["parts"] if "functionResponse" in p]
        if calls and sorted(answered) != sorted(calls):
            raise invalid("Please ensure that the number of function response parts is equal to the number of function call parts.")
        calls = []
        for part in content["parts"]:
            kinds = set(part) - {"thought", "thoughtSignature"}
            if len(kinds) != 1 or not kinds <= {"text", "inlineData", "fileData", "functionCall", "functionResponse"}:
                raise invalid(f"contents.parts: required oneof field 'data' must have one initialized field: {sorted(part)}")
            if call := part.get("functionCall"):
                assert content["role"] == "model" and isinstance(call["args"], dict)
                calls.append(call["name"])
            if result := part.get("functionResponse"):
                assert isinstance(result["response"], dict)
            if data := part.get("inlineData"):
                assert data["mimeType"].startswith("image/") and data["data"]
    for tool in body.get("tools") or []:
        for function in tool["functionDeclarations"]:
            assert function["name"] and not set(function) - {"name", "description", "parameters", "parametersJsonSchema"}
    mode = (body.get("toolConfig") or {}).get("functionCallingConfig", {"mode": "AUTO"})
    if mode["mode"] not in ("AUTO", "ANY", "NONE", "VALIDATED"):
        raise invalid("Invalid value at 'tool_config.function_calling_config.mode'")
    if "allowedFunctionNames" in mode and mode["mode"] not in ("ANY", "VALIDATED"):
        raise invalid("allowed_function_names should only be set when the Mode is ANY or VALIDATED.")


class Gemini:
    def authorize(self, request: Received, takes_key):
        if not takes_key(request.headers.get("x-goog-api-key", "")):
            raise Refused(*self.failure(400, "key"))

    def failure(self, status: int, word: str) -> tuple[int, dict]:
        body = error(400 if word == "key" else status, WORDS[word])
        if word == "key":
            body["error"]["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
            return 400, body
        if word == "rate_limit":
            body["error"]["details"] = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]
        return status, body

    @staticmethod
    def usage(plan: Plan) -> dict:
        u = plan.usage
        said = {"promptTokenCount": u.prompt, "candidatesTokenCount": u.completion - u.reasoning, "totalTokenCount": u.prompt + u.completion}
        if u.cached:
            said["cachedContentTokenCount"] = u.cached
        if u.reasoning:
            said["thoughtsTokenCount"] = u.reasoning
        return said

    @staticmethod
    def embed(request: Received) -> Reply:
        model = request.path.removesuffix(":batchEmbedContents").partition("models/")[2]
        embeddings = []
        for one in in_camel_case(json.loads(request.body))["requests"]:
            assert one["model"] == f"models/{model}"
            text = "".join(part["text"] for part in one["content"]["parts"])
            # What is shortened is not brought to length 1 again.
            embeddings.append({"values": [2 * n for n in vectors.vector_of(text, one.get("outputDimensionality") or 8)]})
        return Reply(headers={"content-type": "application/json; charset=UTF-8"}, body=json.dumps({"embeddings": embeddings}).encode())

    @staticmethod
    def count(body: dict, model: str, plan: Plan) -> Reply:
        """Of contents, or of all that generateContent would be sent, with the model's name in it."""
        whole = body.pop("generateContentRequest", None)
        if whole is not None and body:
            raise invalid("Model/Content and generateContentRequest are mutually exclusive.")
        if whole is not None and whole.pop("model", "") != f"models/{model}":
            raise invalid("* CountTokensRequest.generate_content_request.model: unexpected model name format")
        check(body if whole is None else whole)
        counted = {"totalTokens": plan.usage.prompt, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": plan.usage.prompt}]}
        return Reply(headers={"content-type": "application/json; charset=UTF-8"}, body=json.dumps(counted).encode())

    def answer(self, request: Received, plan: Plan) -> Reply:
        if request.path.endswith(":batchEmbedContents"):
            return self.embed(request)
        named = PATH.fullmatch(request.path)
        if request.method != "POST" or not named:
            raise Refused(404, error(404, "Requested entity was not found."))
        body = in_camel_case(json.loads(request.body))
        if named[2] == "countTokens":
            return self.count(body, named[1], plan)
        check(body)
        if named[1].startswith("gemini-3"):
            check_signatures(body)
        head = {"modelVersion": named[1], "responseId": "mock"}
        calls = [{"functionCall": {"name": c.name, "args": json.loads("".join(c.arguments))}, "thoughtSignature": "c2ln"} for c in plan.calls]
        thoughts = [{"text": piece, "thought": True} for piece in plan.reasoning]
        texts = [{"text": piece} for piece in plan.pieces]

        def chunk(parts: list, last: bool) -> dict:
            candidate = {"content": {"parts": parts, "role": "model"}, "index": 0}
            if last:
                candidate["finishReason"] = REASONS[plan.finish_reason]
            return {"candidates": [candidate], "usageMetadata": self.usage(plan), **head}

        if named[2] == "generateContent":
            parts = ([{"text": "".join(plan.reasoning), "thought": True}] if plan.reasoning else []) + (
                [{"text": plan.text}] if plan.text else []) + calls  # fmt: skip
            return Reply(headers={"content-type": "application/json; charset=UTF-8"}, body=json.dumps(chunk(parts, True)).encode())
        if "alt=sse" not in request.target:
            raise invalid("this simulator streams as server-sent events only")
        pieces = [[part] for part in thoughts + texts] + ([calls] if calls else [])
        frames = [(True, self.event(chunk(parts, False))) for parts in pieces] + [(False, self.event(chunk([{"text": ""}], True)))]
        return Reply(headers={"content-type": "text/event-stream"}, frames=frames, broken=b'data: {"candidates": [{"con\r\n\r\n',
                     error_frame=self.event(error(503, WORDS["overloaded"])))  # fmt: skip

    @staticmethod
    def event(value: dict) -> bytes:
        return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\r\n\r\n"


GEMINI = Gemini()
