"""300 schemas, made by chance but the same each time, of the kinds that JSON Schema's own tests have. Whatever the grammar of
one accepts is valid under it, by the judgement of another library; and values that are valid are accepted, values that are
not are not."""

import copy
import json
import math
import os
import random

import jsonschema
import pytest
from schema_judge import judge_of, written

COUNT, SAMPLES = 300, 6
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
    "time": ("23:59:59.5+02:00", "24:00:00Z"),
    "date-time": ("2026-11-27T08:09:10Z", "2026-11-27"),
    "duration": ("P1Y2M3DT4H5M6S", "P1Y2D"),
    "hostname": ("api.example.org", "-a.org"),
    "ipv6": ("2001:db8:0:0:0:0:0:1", "2001:db8"),
    "uri": ("https://example.org/a?b=c#d", "example.org"),
}


class Maker:
    """A schema with values that are valid under it: each kind gives (schema, a function that makes a valid value)."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.definitions: dict[str, dict] = {}
        # Tuples are spelt as before draft 2020-12 in some schemas.
        self.draft = chance.choice([jsonschema.Draft202012Validator] * 3 + [jsonschema.Draft7Validator])

    def any(self, depth: int):
        leaves = [
            self.null, self.boolean, self.integer, self.number, self.between, self.multiple, self.string, self.pattern, self.format,
            self.enum, self.const, self.nullable, self.all_of,
        ]  # fmt: skip
        nests = [
            self.object, self.object, self.rest, self.map, self.array, self.tuple, self.any_of, self.one_of,
            self.tagged, self.all_of_objects, self.trivial, self.reference,
        ]  # fmt: skip
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

    def between(self, _):
        """Bounds that are no whole numbers and not allowed themselves; of whole numbers, too."""
        least, most = sorted(self.chance.sample([-12.5, -1.25, -0.5, -0.001, 0.1, 0.25, 1.5, 2.75, 99.99], 2))
        kind = self.chance.choice(["number", "integer"]) if most - least > 2 else "number"
        schema = {"type": kind, "exclusiveMinimum": least, "exclusiveMaximum": most}
        if self.chance.random() < 0.3:
            del schema["exclusiveMaximum"]
            schema["maximum"] = most
        if kind == "integer":
            return schema, lambda: self.chance.randint(math.ceil(least), math.floor(most))
        return schema, lambda: round((least + most) / 2, 4)

    def multiple(self, _):
        digits = self.chance.randint(-1, 3)
        schema = {"type": "number", "multipleOf": {-1: 10, 0: 1, 1: 0.1, 2: 0.01, 3: 0.001}[digits]}
        if self.chance.random() < 0.5:
            schema |= {"minimum": -40, "exclusiveMaximum": 70.5}
        if digits < 0:
            return schema, lambda: self.chance.randint(-4, 7) * 10
        return schema, lambda: round(self.chance.randint(-40000, 70000) / 1000, digits or None)

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
        older = self.draft is jsonschema.Draft7Validator
        schema = {"type": "array", "items" if older else "prefixItems": [schema for schema, _ in parts], "minItems": len(parts)}
        rest = self.chance.choice([False, {"type": "boolean"}])
        schema["additionalItems" if older else "items"] = rest
        return schema, lambda: [make() for _, make in parts] + ([True] if rest and self.chance.random() < 0.5 else [])

    def rest(self, depth):
        """Declared members beside a schema for all others."""
        schema, make = self.object(depth)
        inner, more = self.any(depth - 1)
        schema["additionalProperties"] = inner
        return schema, lambda: make() | {f"more{i}": more() for i in range(self.chance.randint(0, 2))}

    def trivial(self, depth):
        inner, make = self.any(depth - 1)
        schema = {"type": "object", "properties": {"any": True, "none": False, "some": inner}, "additionalProperties": False}
        return schema, lambda: {"any": self.chance.choice([1, "x", {"y": []}]), "some": make()}

    def one_of(self, depth):
        """Alternatives of which no two can hold: by their types."""
        kinds = self.chance.sample([self.null, self.boolean, self.integer, self.string, self.array, self.map], 2)
        parts = [kind(depth - 1) for kind in kinds]
        return {"oneOf": [schema for schema, _ in parts]}, lambda: self.chance.choice(parts)[1]()

    def tagged(self, depth):
        """Alternatives of which no two can hold: by a member that tells them apart."""
        tags = self.chance.sample(["cat", "dog", 1, None], self.chance.randint(2, 3))
        parts = [(tag, *self.any(depth - 1)) for tag in tags]
        schema = {"oneOf": [{"type": "object", "properties": {"tag": {"const": tag}, "of": inner}, "required": ["tag", "of"],
                             "additionalProperties": False} for tag, inner, _ in parts]}  # fmt: skip

        def value():
            tag, _, make = self.chance.choice(parts)
            return {"tag": tag, "of": make()}

        return schema, value

    def all_of_objects(self, depth):
        names = self.chance.sample(WORDS, 2)
        parts = [self.any(depth - 1) for _ in names]
        schema = {"allOf": [{"type": "object", "properties": {name: inner}, "required": [name]} for name, (inner, _) in zip(names, parts)]}
        return schema, lambda: {name: make() for name, (_, make) in zip(names, parts)}

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
        name = f"part{len(self.definitions)}{self.chance.choice(['', '/a', '~b', '%c', ' d', 'é'])}"
        self.definitions[name] = {}
        schema, make = self.any(depth - 1)
        self.definitions[name] = schema
        pointer = name.replace("~", "~0").replace("/", "~1").replace("%", "%25").replace(" ", self.chance.choice(["%20", " "]))
        return {"$ref": f"#/$defs/{pointer}"}, make

    def itself(self, depth):
        """A tree that is the whole schema."""
        inner, make = self.any(depth - 1)
        schema = {"type": "object", "properties": {"of": inner, "more": {"type": "array", "items": {"$ref": "#"}}},
                  "required": ["of"], "additionalProperties": False}  # fmt: skip
        return schema, lambda: {"of": make(), "more": [{"of": make()}, {"of": make(), "more": []}]}

    def whole(self):
        schema, make = self.chance.choice([self.object, self.object, self.itself, self.array, self.any_of, self.any])(3)
        if self.definitions:
            schema = {**schema, "$defs": self.definitions}
        if self.definitions and self.chance.random() < 0.3:
            schema = json.loads(json.dumps(schema).replace("$defs", "definitions"))
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


@pytest.mark.parametrize("part", range(6))
def test_a_grammar_is_its_schema(probe, part):
    each = int(os.environ.get("ENTENTE_SCHEMAS", COUNT)) // 6
    sampled = accepted = rejected = 0
    for seed in range(part * each, (part + 1) * each):
        chance = random.Random(seed)
        maker = Maker(chance)
        schema, make = maker.whole()
        judge = judge_of(schema, maker.draft)
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
