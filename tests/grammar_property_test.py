"""300 schemas, made by chance but the same each time, of the kinds that JSON Schema's own tests have. Whatever the grammar of
one accepts is valid under it, by the judgement of another library; and values that are valid are accepted, values that are
not are not."""

import copy
import json
import os
import random
import subprocess

import jsonschema
import pytest
from entente_server import BINARY

COUNT, SAMPLES = 300, 6
PROBE = BINARY.parent / "grammar_probe"
WORDS = ["a", "b", "name", "é", "x y", "id", "city", "$ref", "kind", "n-1"]
PATTERNS = {  # with a text that each one fits, and one that it does not
    "^[a-z]{2,5}$": ("abc", "ABC"),
    "^(red|green)-[0-9]+$": ("red-12", "blue-1"),
    "^[A-Z][a-z]*( [A-Z][a-z]*)?$": ("Paris Nord", "paris"),
    "^\\d{3}$": ("042", "42"),
    "^[^a-c]+$": ("xyz", "abc"),
}
FORMATS = {
    "date": ("2026-11-27", "2026-13-01"),
    "uuid": ("123e4567-e89b-42d3-a456-426614174000", "123"),
    "ipv4": ("10.0.0.255", "10.0.0.256"),
    "email": ("a@example.org", "a"),
}


class Maker:
    """A schema with values that are valid under it: each kind gives (schema, a function that makes a valid value)."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.definitions: dict[str, dict] = {}

    def any(self, depth: int):
        leaves = [self.null, self.boolean, self.integer, self.number, self.string, self.pattern, self.format, self.enum, self.const]
        nests = [self.object, self.object, self.map, self.array, self.tuple, self.any_of, self.nullable, self.all_of, self.reference]
        return self.chance.choice(leaves if depth <= 0 else leaves + nests * 2)(depth)

    def null(self, _):
        return {"type": "null"}, lambda: None

    def boolean(self, _):
        return {"type": "boolean"}, lambda: self.chance.random() < 0.5

    def integer(self, _):
        least, most = sorted(self.chance.choice([-1000, -12, -1, 0, 1, 7, 99, 100, 12345]) for _ in range(2))
        schema, low, high = {"type": "integer"}, -10**6, 10**6
        if self.chance.random() < 0.6:
            schema["minimum"], low = least, least
        if self.chance.random() < 0.6:
            schema["maximum"], high = most, most
        if self.chance.random() < 0.2 and most - least > 2:
            schema = {"type": "integer", "exclusiveMinimum": least, "exclusiveMaximum": most}
            low, high = least + 1, most - 1
        return schema, lambda: self.chance.randint(low, high)

    def number(self, _):
        if self.chance.random() < 0.5:
            return {"type": "number"}, lambda: self.chance.choice([0, -1, 1.5, 2e10, -0.25])
        least, most = sorted(self.chance.sample([-10, -0.5, 0, 0.25, 3, 100], 2))
        return {"type": "number", "minimum": least, "maximum": most}, lambda: self.chance.choice([least, most, (least + most) / 2])

    def string(self, _):
        schema, low, high = {"type": "string"}, 0, 12
        if self.chance.random() < 0.5:
            schema["minLength"] = low = self.chance.randint(0, 4)
        if self.chance.random() < 0.5:
            schema["maxLength"] = high = low + self.chance.randint(0, 6)
        letters = "abc é\"\\/\n😀1"
        return schema, lambda: "".join(self.chance.choice(letters) for _ in range(self.chance.randint(low, high)))

    def pattern(self, _):
        pattern = self.chance.choice(list(PATTERNS))
        return {"type": "string", "pattern": pattern}, lambda: PATTERNS[pattern][0]

    def format(self, _):
        name = self.chance.choice(list(FORMATS))
        return {"type": "string", "format": name}, lambda: FORMATS[name][0]

    def enum(self, _):
        values = self.chance.sample(["red", "a\"b", 1, -2.5, None, True, [1, "x"], {"a": 1}, ""], self.chance.randint(1, 4))
        return {"enum": values}, lambda: self.chance.choice(values)

    def const(self, _):
        value = self.chance.choice(["fixed", 7, False, {"k": [None]}])
        return {"const": value}, lambda: value

    def object(self, depth):
        names = self.chance.sample(WORDS, self.chance.randint(1, 5))
        members = {name: self.any(depth - 1) for name in names}
        required = [name for name in names if self.chance.random() < 0.6]
        schema = {"type": "object", "properties": {name: schema for name, (schema, _) in members.items()}}
        if required:
            schema["required"] = required
        if self.chance.random() < 0.7:
            schema["additionalProperties"] = False

        def value():
            return {name: make() for name, (_, make) in members.items() if name in required or self.chance.random() < 0.5}

        return schema, value

    def map(self, depth):
        inner, make = self.any(depth - 1)
        schema, low, high = {"type": "object", "additionalProperties": inner}, 0, 3
        if self.chance.random() < 0.4:
            schema["minProperties"] = low = 1
            schema["maxProperties"] = high = self.chance.randint(1, 3)
        return schema, lambda: {f"key{i}": make() for i in range(self.chance.randint(low, high))}

    def array(self, depth):
        inner, make = self.any(depth - 1)
        low = self.chance.randint(0, 2)
        high = low + self.chance.randint(0, 3)
        schema = {"type": "array", "items": inner, "minItems": low, "maxItems": high}
        return schema, lambda: [make() for _ in range(self.chance.randint(low, high))]

    def tuple(self, depth):
        parts = [self.any(depth - 1) for _ in range(self.chance.randint(1, 3))]
        schema = {"type": "array", "prefixItems": [schema for schema, _ in parts], "items": False, "minItems": len(parts)}
        return schema, lambda: [make() for _, make in parts]

    def any_of(self, depth):
        parts = [self.any(depth - 1) for _ in range(self.chance.randint(2, 3))]
        return {"anyOf": [schema for schema, _ in parts]}, lambda: self.chance.choice(parts)[1]()

    def nullable(self, depth):
        kind = self.chance.choice(["string", "integer", "boolean"])
        values = {"string": "text", "integer": 3, "boolean": True}
        return {"type": [kind, "null"]}, lambda: self.chance.choice([None, values[kind]])

    def all_of(self, depth):
        least = self.chance.randint(0, 5)
        schema = {"allOf": [{"type": "integer", "minimum": least}, {"maximum": least + 20}]}
        return schema, lambda: self.chance.randint(least, least + 20)

    def reference(self, depth):
        if self.chance.random() < 0.5:
            # A tree, which refers to itself.
            name = f"tree{len(self.definitions)}"
            self.definitions[name] = {
                "type": "object",
                "properties": {"v": {"type": "integer"}, "next": {"anyOf": [{"$ref": f"#/$defs/{name}"}, {"type": "null"}]}},
                "required": ["v", "next"], "additionalProperties": False,
            }  # fmt: skip

            def value():
                out = None
                for i in range(self.chance.randint(1, 3)):
                    out = {"v": i, "next": out}
                return out

            return {"$ref": f"#/$defs/{name}"}, value
        name = f"part{len(self.definitions)}"
        self.definitions[name] = {}
        schema, make = self.any(depth - 1)
        self.definitions[name] = schema
        return {"$ref": f"#/$defs/{name}"}, make

    def whole(self):
        schema, make = self.chance.choice([self.object, self.object, self.array, self.any_of, self.any])(3)
        if self.definitions:
            schema = {**schema, "$defs": self.definitions}
        return schema, make


def spoilt(value, chance: random.Random):
    """The value with one thing changed: very likely it is valid no more."""
    value = copy.deepcopy(value)
    at, places = [((), value)], []
    while at:
        path, here = at.pop()
        places.append(path)
        if isinstance(here, dict):
            at += [((*path, key), inner) for key, inner in here.items()]
        if isinstance(here, list):
            at += [((*path, i), inner) for i, inner in enumerate(here)]
    path = chance.choice(places)
    new = chance.choice(["__no", 10**9 + 7, None, True, [], {}, -1e9, {"__extra": 1}])
    if not path:
        return new
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    if chance.random() < 0.4:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return value


def written(value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@pytest.fixture(scope="module")
def probe():
    if not PROBE.exists():
        pytest.skip("./dev test builds grammar_probe")
    process = subprocess.Popen([PROBE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(**asked):
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    yield ask
    process.stdin.close()
    assert process.wait(10) == 0


@pytest.mark.parametrize("part", range(6))
def test_a_grammar_is_its_schema(probe, part):
    each = int(os.environ.get("ENTENTE_SCHEMAS", COUNT)) // 6
    sampled = accepted = rejected = 0
    for seed in range(part * each, (part + 1) * each):
        chance = random.Random(seed)
        schema, make = Maker(chance).whole()
        judge = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        jsonschema.Draft202012Validator.check_schema(schema)
        valid = [value for value in (make() for _ in range(4)) if judge.is_valid(value)]
        assert valid, f"the test made no valid value for {schema}"
        invalid = [bad for bad in (spoilt(chance.choice(valid), chance) for _ in range(8)) if not judge.is_valid(bad)]
        said = probe(schema=schema, samples=SAMPLES, seed=seed, texts=[written(v) for v in valid + invalid])
        assert "error" not in said, f"seed {seed}: {said['error']}\n{json.dumps(schema)}"
        for text in said["samples"]:
            problem = next(iter(judge.iter_errors(json.loads(text))), None)
            assert problem is None, f"seed {seed}: {text}\n{problem.message}\n{json.dumps(schema)}"
            sampled += 1
        for value, accepts in zip(valid, said["accepts"]):
            assert accepts, f"seed {seed}: valid, but not accepted: {written(value)}\n{json.dumps(schema)}"
            accepted += 1
        for value, accepts in zip(invalid, said["accepts"][len(valid):]):
            assert not accepts, f"seed {seed}: not valid, but accepted: {written(value)}\n{json.dumps(schema)}"
            rejected += 1
    assert sampled > each * SAMPLES / 2 and accepted > each and rejected > each, (sampled, accepted, rejected)
