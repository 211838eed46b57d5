"""Embeddings as the makers answer them: a vector that follows from its text, so that a test knows what must come."""

import base64
import hashlib
import json
import struct


def vector_of(text, dimensions: int) -> list[float]:
    """Of length 1, the same for the same text or tokens."""
    seed = hashlib.sha256(json.dumps(text).encode()).digest()
    numbers = [seed[i % 32] / 255 - 0.5 + i / 1000 for i in range(dimensions)]
    length = sum(n * n for n in numbers) ** 0.5
    return [n / length for n in numbers]


def inputs_of(body: dict) -> list:
    given = body["input"]
    one = isinstance(given, str) or (given and isinstance(given[0], int))
    return [given] if one else given


def answer(body: dict, dimensions: int) -> bytes:
    inputs = inputs_of(body)

    def shown(vector: list[float]):
        if body.get("encoding_format") == "base64":
            return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        return vector

    data = [{"object": "embedding", "index": i, "embedding": shown(vector_of(text, dimensions))} for i, text in enumerate(inputs)]
    tokens = sum(len(text) for text in inputs)
    return json.dumps({"object": "list", "data": data, "model": body.get("model", ""),
                       "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}).encode()  # fmt: skip
