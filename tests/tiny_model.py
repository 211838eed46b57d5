"""Writes a tiny language model of random weights: a GGUF file of half a megabyte that libllama loads like any other.

usage: tiny_model.py FILE     (and beside FILE.gguf a LoRA adapter for it, FILE.adapter.gguf; a BERT that makes vectors,
                               FILE.reader.gguf, and one that scores, FILE.ranker.gguf;
                               a projector of pictures for the first, FILE.eyes.gguf)

A llama of two layers in 32-bit floats, so that its arithmetic does not depend on who else is in a step; a vocabulary of
the 256 bytes and three control tokens; ChatML as its template. The same bytes each time. What it says is noise, and it
hardly ever ends by itself. Only the standard library is needed.
"""

import array
import math
import random
import struct
import sys
from pathlib import Path

WIDTH, HEADS, KV_HEADS, INNER, LAYERS, CONTEXT = 64, 2, 1, 128, 2, 2048
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
GAPS = {"fim_pre": "<|fim_prefix|>", "fim_suf": "<|fim_suffix|>", "fim_mid": "<|fim_middle|>"}
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
U32, I32, F32, BOOL, TEXT, ARRAY = 4, 5, 6, 7, 8, 9
MEAN, FIRST, LAST, RANK = 1, 2, 3, 4  # kinds of pooling


def byte_spellings() -> list[str]:
    """GPT-2's: printable bytes stand for themselves, the others for characters from U+0100 on."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) if byte in plain else chr(256 + others.index(byte)) for byte in range(256)]


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def entry(key: str, kind: int, value) -> bytes:
    def plain(kind: int, value) -> bytes:
        return text(value) if kind == TEXT else struct.pack({U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}[kind], value)

    head = text(key)
    if isinstance(value, list):
        items = b"".join(plain(kind, item) for item in value)
        return head + struct.pack("<IIQ", ARRAY, kind, len(value)) + items
    return head + struct.pack("<I", kind) + plain(kind, value)


def tensors(vocabulary: int) -> list[tuple[str, list[int], float]]:
    """Names, dimensions (the innermost first) and how wide the numbers spread; a spread of 0 means ones."""
    head = WIDTH // HEADS
    out = [("token_embd.weight", [WIDTH, vocabulary], 1.0), ("output_norm.weight", [WIDTH], 0)]
    for layer in range(LAYERS):
        out += [
            (f"blk.{layer}.{name}.weight", dimensions, 0 if len(dimensions) == 1 else 1 / math.sqrt(dimensions[0]))
            for name, dimensions in [
                ("attn_norm", [WIDTH]),
                ("attn_q", [WIDTH, WIDTH]),
                ("attn_k", [WIDTH, head * KV_HEADS]),
                ("attn_v", [WIDTH, head * KV_HEADS]),
                ("attn_output", [WIDTH, WIDTH]),
                ("ffn_norm", [WIDTH]),
                ("ffn_gate", [WIDTH, INNER]),
                ("ffn_up", [WIDTH, INNER]),
                ("ffn_down", [INNER, WIDTH]),
            ]
        ]
    return out + [("output.weight", [WIDTH, vocabulary], 3 / math.sqrt(WIDTH))]


def write(file: Path, context: int = CONTEXT, gaps: bool = False, begins: bool = False) -> Path:
    """`gaps`: with marks for a text with a gap in it; `begins`: each text begins with a mark."""
    spellings = byte_spellings()
    marks = list(GAPS.values()) if gaps else []
    tokens = CONTROL + spellings + marks
    entries = [
        entry("general.architecture", TEXT, "llama"),
        entry("general.name", TEXT, "Tiny"),
        entry("general.file_type", U32, 0),
        entry("general.license", TEXT, "CC0-1.0"),
        entry("llama.context_length", U32, context),
        entry("llama.embedding_length", U32, WIDTH),
        entry("llama.block_count", U32, LAYERS),
        entry("llama.feed_forward_length", U32, INNER),
        entry("llama.attention.head_count", U32, HEADS),
        entry("llama.attention.head_count_kv", U32, KV_HEADS),
        entry("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
        entry("llama.rope.dimension_count", U32, WIDTH // HEADS),
        entry("llama.vocab_size", U32, len(tokens)),
        entry("tokenizer.ggml.model", TEXT, "gpt2"),
        entry("tokenizer.ggml.pre", TEXT, "gpt-2"),
        entry("tokenizer.ggml.tokens", TEXT, tokens),
        entry("tokenizer.ggml.token_type", I32, [3] * len(CONTROL) + [1] * len(spellings) + [3] * len(marks)),
        entry("tokenizer.ggml.merges", TEXT, []),
        entry("tokenizer.ggml.bos_token_id", U32, 1),
        entry("tokenizer.ggml.eos_token_id", U32, 2),
        entry("tokenizer.ggml.unknown_token_id", U32, 0),
        entry("tokenizer.chat_template", TEXT, TEMPLATE),
        *(entry(f"tokenizer.ggml.{name}_token_id", U32, tokens.index(GAPS[name])) for name in GAPS if gaps),
        *([entry("tokenizer.ggml.add_bos_token", BOOL, True)] if begins else []),
    ]
    return write_gguf(file, entries, tensors(len(tokens)), 20260101)


def write_adapter(file: Path, seed: int = 1, architecture: str = "llama", width: int = WIDTH) -> Path:
    """A LoRA adapter of rank 4 for the model of write(), of random weights: the answers become another noise."""
    rank = 4
    entries = [
        entry("general.type", TEXT, "adapter"),
        entry("general.architecture", TEXT, architecture),
        entry("general.name", TEXT, "Tiny adapter"),
        entry("adapter.type", TEXT, "lora"),
        entry("adapter.lora.alpha", F32, float(rank)),
    ]
    pairs = []
    for layer in range(LAYERS):
        for name, (inner, outer) in {"attn_q": (width, width), "ffn_down": (INNER, width)}.items():
            pairs.append((f"blk.{layer}.{name}.weight.lora_a", [inner, rank], 1 / math.sqrt(inner)))
            pairs.append((f"blk.{layer}.{name}.weight.lora_b", [rank, outer], 1.0))
    return write_gguf(file, entries, pairs, seed)


def write_reader(file: Path, pooling: int = MEAN, context: int = 512) -> Path:
    """A BERT: it sees a text whole and answers nothing. Its words are single letters. One of pooling RANK scores a pair."""
    letters = [chr(code) for code in range(ord("!"), ord("~") + 1)]
    control = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = control + ["\u2581" + letter for letter in letters] + letters
    entries = [
        entry("general.architecture", TEXT, "bert"),
        entry("general.name", TEXT, "Tiny reader"),
        entry("general.file_type", U32, 0),
        entry("bert.context_length", U32, context),
        entry("bert.embedding_length", U32, WIDTH),
        entry("bert.block_count", U32, LAYERS),
        entry("bert.feed_forward_length", U32, INNER),
        entry("bert.attention.head_count", U32, HEADS),
        entry("bert.attention.layer_norm_epsilon", F32, 1e-5),
        entry("bert.attention.causal", BOOL, False),
        entry("bert.pooling_type", U32, pooling),
        entry("tokenizer.ggml.model", TEXT, "bert"),
        entry("tokenizer.ggml.pre", TEXT, "default"),
        entry("tokenizer.ggml.tokens", TEXT, tokens),
        entry("tokenizer.ggml.token_type", I32, [3] * len(control) + [1] * (2 * len(letters))),
        entry("tokenizer.ggml.token_type_count", U32, 2),
        *(entry(f"tokenizer.ggml.{name}_token_id", U32, i)
          for name, i in {"padding": 0, "unknown": 1, "bos": 2, "cls": 2, "eos": 3, "seperator": 3, "mask": 4}.items()),
    ]  # fmt: skip
    if pooling == RANK:  # said in so many words: who guesses it may leave out the mark at the end of a pair
        entries += [entry("tokenizer.ggml.add_eos_token", BOOL, True), entry("tokenizer.ggml.add_sep_token", BOOL, False)]
    contents = [
        ("token_embd.weight", [WIDTH, len(tokens)], 1.0),
        ("token_types.weight", [WIDTH, 2], 0.1),
        ("position_embd.weight", [WIDTH, context], 0.1),
        ("token_embd_norm.weight", [WIDTH], 0),
        ("token_embd_norm.bias", [WIDTH], 0.01),
    ]
    for layer in range(LAYERS):
        for name, dimensions in [
            ("attn_q", [WIDTH, WIDTH]),
            ("attn_k", [WIDTH, WIDTH]),
            ("attn_v", [WIDTH, WIDTH]),
            ("attn_output", [WIDTH, WIDTH]),
            ("attn_output_norm", [WIDTH]),
            ("ffn_up", [WIDTH, INNER]),
            ("ffn_down", [INNER, WIDTH]),
            ("layer_output_norm", [WIDTH]),
        ]:
            spread = 0 if len(dimensions) == 1 else 1 / math.sqrt(dimensions[0])
            contents.append((f"blk.{layer}.{name}.weight", dimensions, spread))
            contents.append((f"blk.{layer}.{name}.bias", dimensions[-1:], 0.01))
    if pooling == RANK:
        contents += [
            ("cls.weight", [WIDTH, WIDTH], 1 / math.sqrt(WIDTH)),
            ("cls.bias", [WIDTH], 0.01),
            ("cls.output.weight", [WIDTH, 1], 3 / math.sqrt(WIDTH)),
            ("cls.output.bias", [1], 0.01),
        ]
    return write_gguf(file, entries, contents, 20260102)


def write_projector(file: Path, size: int = 56, patch: int = 14) -> Path:
    """Eyes for the model of write(): a vision transformer and LLaVA's projector. A picture is (size / patch)² positions."""
    places = (size // patch) ** 2 + 1
    entries = [
        entry("general.architecture", TEXT, "clip"),
        entry("general.name", TEXT, "Tiny eyes"),
        entry("general.file_type", U32, 0),
        entry("clip.has_vision_encoder", BOOL, True),
        entry("clip.projector_type", TEXT, "mlp"),
        entry("clip.use_gelu", BOOL, True),
        entry("clip.vision.image_size", U32, size),
        entry("clip.vision.patch_size", U32, patch),
        entry("clip.vision.embedding_length", U32, WIDTH),
        entry("clip.vision.feed_forward_length", U32, INNER),
        entry("clip.vision.block_count", U32, LAYERS),
        entry("clip.vision.projection_dim", U32, WIDTH),
        entry("clip.vision.attention.head_count", U32, HEADS),
        entry("clip.vision.attention.layer_norm_epsilon", F32, 1e-5),
        entry("clip.vision.image_mean", F32, [0.5, 0.5, 0.5]),
        entry("clip.vision.image_std", F32, [0.5, 0.5, 0.5]),
    ]
    contents = [
        ("v.class_embd", [WIDTH], 0.1),
        ("v.patch_embd.weight", [patch, patch, 3, WIDTH], 3 / math.sqrt(patch * patch * 3)),
        ("v.position_embd.weight", [WIDTH, places], 0.1),
        ("v.pre_ln.weight", [WIDTH], 0),
        ("v.pre_ln.bias", [WIDTH], 0.01),
    ]
    for layer in range(LAYERS):
        for name, dimensions in [
            ("attn_q", [WIDTH, WIDTH]),
            ("attn_k", [WIDTH, WIDTH]),
            ("attn_v", [WIDTH, WIDTH]),
            ("attn_out", [WIDTH, WIDTH]),
            ("ln1", [WIDTH]),
            ("ln2", [WIDTH]),
            ("ffn_up", [WIDTH, INNER]),
            ("ffn_down", [INNER, WIDTH]),
        ]:
            spread = 0 if len(dimensions) == 1 else 1 / math.sqrt(dimensions[0])
            contents.append((f"v.blk.{layer}.{name}.weight", dimensions, spread))
            contents.append((f"v.blk.{layer}.{name}.bias", dimensions[-1:], 0.01))
    contents += [
        ("mm.0.weight", [WIDTH, WIDTH], 1 / math.sqrt(WIDTH)),
        ("mm.0.bias", [WIDTH], 0.01),
        ("mm.2.weight", [WIDTH, WIDTH], 1 / math.sqrt(WIDTH)),
        ("mm.2.bias", [WIDTH], 0.01),
    ]
    return write_gguf(file, entries, contents, 20260103)


def write_gguf(file: Path, entries: list[bytes], contents: list[tuple[str, list[int], float]], seed: int) -> Path:
    table, weights, chance = [], bytearray(), random.Random(seed)
    for name, dimensions, spread in contents:
        table.append(text(name) + struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions, 0, len(weights)))
        count = math.prod(dimensions)
        numbers = array.array("f", (chance.gauss(0, spread) if spread else 1.0 for _ in range(count)))
        if sys.byteorder == "big":
            numbers.byteswap()
        weights += numbers.tobytes()
        weights += b"\0" * (-len(weights) % 32)
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(table), len(entries)) + b"".join(entries) + b"".join(table)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(head + b"\0" * (-len(head) % 32) + weights)
    return file


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
    write_adapter(Path(sys.argv[1]).with_suffix(".adapter.gguf"))
    write_reader(Path(sys.argv[1]).with_suffix(".reader.gguf"))
    write_reader(Path(sys.argv[1]).with_suffix(".ranker.gguf"), RANK)
    write_projector(Path(sys.argv[1]).with_suffix(".eyes.gguf"))
