"""Each kind of schema that JSON-Schema-Test-Suite has, once: what is valid is accepted, what is not is not, whatever is drawn
from the grammar is valid; and what no grammar holds is a mistake of the request that is named. Written here, judged there."""

import json
from decimal import Decimal

import jsonschema
import pytest
from schema_judge import FORMATS, judge_of, written

LATEST, SEVENTH, FOURTH = jsonschema.Draft202012Validator, jsonschema.Draft7Validator, jsonschema.Draft4Validator
TREE = {"type": "object", "properties": {"of": {"type": "integer"}, "next": {"$ref": "#"}}, "required": ["of"], "additionalProperties": False}
CLOSED = {"additionalProperties": False}
MAYBE = {"type": "object", "properties": {"a": {"type": "integer"}}}

# name, schema, valid, not valid (or, where it says so, valid and not accepted: members in another order, undeclared ones).
KINDS = [
    ("true", True, [1, {"a": [None]}, "x"], []),
    ("empty schema", {}, [1, {"a": [None]}, "x"], []),
    ("boolean members", {"type": "object", "properties": {"a": True, "b": False}, **CLOSED}, [{}, {"a": 1}], [{"b": 1}, {"c": 1}]),
    ("boolean alternatives", {"anyOf": [False, {"type": "null"}]}, [None], [1]),
    ("allOf with true", {"allOf": [True, {"type": "null"}]}, [None], [1]),
    ("items true", {"type": "array", "items": True}, [[], [1, "a"]], [{}]),
    ("items false", {"type": "array", "items": False}, [[]], [[1]]),
    ("a tuple with a false part", {"type": "array", "prefixItems": [{"type": "null"}, False]}, [[], [None]], [[None, 1]]),
    ("oneOf by type", {"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": 2}]}, [1, "ab"], [None, "abc"]),
    ("oneOf by list", {"oneOf": [{"enum": [1, "a"]}, {"const": None}]}, [1, "a", None], ["b"]),
    ("oneOf within allOf", {"allOf": [{"oneOf": [{"type": "integer"}, {"type": "string"}]}, {"type": ["string", "null"]}]}, ["a"], [1, None]),
    ("oneOf within a reference", {"$ref": "#/$defs/x", "type": ["integer", "null"], "$defs": {"x": {"oneOf": [{"type": "integer"}, {"type": "string"}]}}}, [1], ["a", None]),
    ("anyOf that overlaps", {"anyOf": [{"type": "integer"}, {"type": "number", "minimum": 2}]}, [1, 3, 2.5], [1.5, "1"]),
    ("multipleOf 1", {"type": "number", "multipleOf": 1}, [0, -3, 12], [0.5]),
    ("multipleOf 0.1", {"type": "number", "multipleOf": 0.1}, [0.3, 1.1, -2], [0.25]),
    ("multipleOf 0.01", {"type": "number", "multipleOf": 0.01, "minimum": 0}, [0.07, 4.35, 1], [0.001, -0.01]),
    ("multipleOf 0.0001", {"type": "number", "multipleOf": 0.0001, "exclusiveMinimum": 0, "maximum": 0.001}, [0.0001, 0.001], [0, 0.00005, 0.0011]),
    ("multipleOf 10", {"type": "integer", "multipleOf": 10}, [0, -10, 1230], [1, 5, 1235]),
    ("multipleOf 100", {"type": "number", "multipleOf": 100.0, "minimum": -100, "exclusiveMaximum": 200}, [-100, 0, 100], [-200, 200, 50]),
    ("multipleOf of an integer", {"type": "integer", "multipleOf": 0.01}, [1, 100], [0.01]),
    ("exclusive fractions", {"type": "number", "exclusiveMinimum": 0.1, "exclusiveMaximum": 0.3}, [0.11, 0.2, 0.2999], [0.1, 0.3, 0.09]),
    ("exclusive fractions of integers", {"type": "integer", "exclusiveMinimum": 1.5, "exclusiveMaximum": 4.5}, [2, 4], [1, 5, 2.5]),
    ("exclusive bounds of integers", {"type": "integer", "exclusiveMinimum": -2, "exclusiveMaximum": 2}, [-1, 0, 1], [-2, 2]),
    ("both kinds of bound", {"type": "number", "minimum": 1, "exclusiveMinimum": 1, "maximum": 9, "exclusiveMaximum": 20}, [1.1, 9], [1, 9.1]),
    ("a reference to the whole", TREE, [{"of": 1}, {"of": 1, "next": {"of": 2}}], [{"of": 1, "next": {}}, {"of": 1, "next": 1}]),
    ("pointers with ~", {"$ref": "#/$defs/a~0b", "$defs": {"a~b": {"type": "null"}}}, [None], [1]),
    ("pointers with /", {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "null"}}}, [None], [1]),
    ("pointers with ~1 in the name", {"$ref": "#/$defs/a~01b", "$defs": {"a~1b": {"type": "null"}, "a/b": {"type": "string"}}}, [None], ["a"]),
    ("pointers with %", {"$ref": "#/$defs/a%25b", "$defs": {"a%b": {"type": "null"}}}, [None], [1]),
    ("pointers with quotes", {"$ref": "#/$defs/a%22b", "$defs": {"a\"b": {"type": "null"}}}, [None], [1]),
    ("pointers into lists", {"$ref": "#/anyOf/1/items/0", "anyOf": [True, {"items": [{"type": "null"}]}]}, [None], [1], SEVENTH),
    ("pointers into properties", {"type": "object", "properties": {"a": {"type": "null"}, "b": {"$ref": "#/properties/a"}}, **CLOSED}, [{"b": None}], [{"b": 1}]),
    ("a member called $ref", {"type": "object", "properties": {"$ref": {"type": "string"}}, **CLOSED}, [{"$ref": "a"}], [{"$ref": 1}]),
    ("definitions", {"$ref": "#/definitions/a", "definitions": {"a": {"type": "null"}}}, [None], [1], SEVENTH),
    ("a chain of references", {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"type": "null"}}}, [None], [1]),
    ("a reference beside keywords", {"$ref": "#/$defs/a", "maximum": 3, "$defs": {"a": {"type": "integer", "minimum": 1}}}, [1, 3], [0, 4]),
    ("allOf of objects", {"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"type": "object", "properties": {"b": {"type": "null"}}, "required": ["b"]}]}, [{"a": 1, "b": None}], [{"a": 1}, {"b": None}, {"a": None, "b": None}]),
    ("allOf of one member", {"allOf": [{"type": "object", "properties": {"a": {"minimum": 2, "type": "integer"}}}, {"type": "object", "properties": {"a": {"maximum": 4}}, "required": ["a"]}]}, [{"a": 2}, {"a": 4}], [{"a": 1}, {"a": 5}, {}]),
    ("allOf that forbids what it declares", {"allOf": [{**MAYBE, **CLOSED}, {"type": "object", "properties": {"b": {"type": "null"}}}]}, [{}, {"a": 1}], [{"b": None}]),
    ("allOf with a contradiction within", {"allOf": [MAYBE, {"type": "object", "properties": {"a": {"type": "string"}}}]}, [{}], [{"a": 1}, {"a": "x"}]),
    ("allOf and unevaluatedProperties", {"allOf": [MAYBE], "properties": {"b": {"type": "null"}}, "type": "object", "unevaluatedProperties": False}, [{"a": 1}, {"b": None}], [{"c": 1}, {"a": "x"}]),
    ("unevaluatedProperties within allOf", {"type": "object", "allOf": [{**MAYBE, "unevaluatedProperties": False}, {"properties": {"b": {"type": "null"}}}]}, [{}, {"a": 1}], [{"b": None}, {"a": 1, "b": None}]),
    ("unevaluatedProperties with a schema", {"type": "object", **{"properties": {"a": {"type": "integer"}}}, "unevaluatedProperties": {"type": "null"}}, [{"a": 1, "b": None}], [{"b": 1}]),
    ("allOf beside anyOf", {"allOf": [{"type": "integer"}], "anyOf": [{"maximum": 2}, {"minimum": 8}]}, [1, 2, 8], [5, "1"]),
    ("members beside a schema for others", {**MAYBE, "additionalProperties": {"type": "boolean"}}, [{}, {"a": 1}, {"a": 1, "b": True}, {"aa": False}], [{"a": True}, {"b": 1}]),
    ("required beyond those declared", {**MAYBE, "required": ["b"], "additionalProperties": {"type": "null"}}, [{"b": None}, {"a": 1, "b": None}], [{"a": 1}, {"b": 1}]),
    ("names that need escapes", {"type": "object", "properties": {"a\"\\\n/é": {"type": "null"}}, "required": ["a\"\\\n/é"], **CLOSED}, [{"a\"\\\n/é": None}], [{}]),
    ("names that inherit elsewhere", {"type": "object", "properties": {"__proto__": {"type": "null"}, "constructor": {"type": "integer"}}, **CLOSED}, [{"__proto__": None, "constructor": 1}], [{"constructor": None}]),
    ("an older tuple", {"type": "array", "items": [{"type": "integer"}, {"type": "string"}], "additionalItems": False}, [[], [1], [1, "a"]], [["a"], [1, "a", 1]], SEVENTH),
    ("an older tuple with a rest", {"type": "array", "items": [{"type": "integer"}], "additionalItems": {"type": "null"}}, [[1], [1, None, None]], [[1, 1], [None]], FOURTH),
    ("additionalItems without a tuple", {"type": "array", "items": {"type": "integer"}, "additionalItems": False}, [[1, 2]], [["a"]], SEVENTH),
    ("older exclusive bounds", {"type": "number", "minimum": 1.5, "exclusiveMinimum": True, "maximum": 3, "exclusiveMaximum": False}, [1.6, 3], [1.5, 3.1], FOURTH),
    ("a tuple of at least", {"type": "array", "prefixItems": [{"type": "null"}], "items": {"type": "integer"}, "minItems": 2, "maxItems": 3}, [[None, 1], [None, 1, 2]], [[None], [None, 1, 2, 3]]),
    ("uniqueItems where it says nothing", {"type": "array", "items": {"type": "null"}, "uniqueItems": True, "maxItems": 1}, [[], [None]], [[None, None]]),
    ("types as a list", {"type": ["array", "null"], "items": {"type": "null"}}, [None, [None]], [[1], {}]),
    ("const of an object", {"const": {"a": [1, None]}}, [{"a": [1, None]}], [{}, {"a": [1]}]),
    ("enum against a type", {"type": ["string", "null"], "enum": ["a", 1, None]}, ["a", None], [1]),
    ("enum of true is not 1", {"enum": [True]}, [True], [1]),
    ("const of 0 is not false", {"const": 0}, [0], [False]),
    ("lengths are of characters", {"type": "string", "minLength": 2, "maxLength": 2}, ["é€", "😀😀"], ["😀", "abc"]),
    ("counts as fractions", {"type": "string", "minLength": 1.0, "maxLength": 2.0}, ["a", "ab"], ["", "abc"]),
    ("a pattern anywhere", {"type": "string", "pattern": "b+"}, ["b", "abbc"], ["ac", ""]),
    ("a pattern without white space", {"type": "string", "pattern": "^\\S+$"}, ["ab"], ["a b", "a\u3000b", "a\u2003b"]),
    ("annotations", {"type": "null", "title": "t", "description": "d", "default": 1, "examples": [1], "$comment": "c", "deprecated": True, "readOnly": True, "$schema": "https://json-schema.org/draft/2020-12/schema"}, [None], [1]),
]  # fmt: skip

FORMATTED = {
    "date": (["2026-11-27", "2024-02-28"], ["2026-02-30", "2026-13-01", "26-11-27", "2026-11-27T"]),
    "time": (["08:09:10Z", "08:09:10.25-11:30", "23:59:59+00:00"], ["24:00:00Z", "08:09Z", "08:09:10", "08:60:00Z"]),
    "date-time": (["2026-11-27T08:09:10Z", "2026-11-27T08:09:10.123456+01:00"], ["2026-11-27", "2026-11-27 08:09:10Z", "2026-11-31T00:00:00Z"]),
    "duration": (["P1Y2M3DT4H5M6S", "P2W", "PT36H", "P1D"], ["P", "PT", "P1Y2W", "P1Y3D", "1D", "PT1D"]),
    "hostname": (["example.org", "a", "a-b.c1", "x" * 62, "ab-c.d--e"], ["-a", "a-", "a..b", "a_b", "x" * 64, "ab--c"]),
    "ipv4": (["0.0.0.0", "192.168.1.255"], ["256.1.1.1", "1.2.3", "01.2.3.4"]),
    "ipv6": (["2001:db8:0:0:0:0:0:1"], ["2001:db8", "2001:db8:0:0:0:0:0:g", "1:2:3:4:5:6:7:8:9", "12345:1:1:1:1:1:1:1"]),
    "uri": (["https://example.org", "http://a.bc:8080/d/e?f=g#h"], ["example.org", "https://a b", "://x", ""]),
    "email": (["a@example.org", "first.last+tag@mail.example.org"], ["a", "@example.org", "a@", "a@b@c.org", "a..b@example.org"]),
    "uuid": (["123e4567-e89b-42d3-a456-426614174000", "123E4567-E89B-42D3-A456-426614174000"], ["123", "123e4567e89b42d3a456426614174000"]),
}  # fmt: skip

# What is named, and the schema.
REFUSED = [
    ("'not'", {"not": {"type": "string"}}),
    ("'not'", {"type": "object", "properties": {"a": {"type": "string", "not": {"const": "x"}}}}),
    ("'if'", {"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}}),
    ("'then'", {"type": "string", "then": {"minLength": 2}}),
    ("'uniqueItems'", {"type": "array", "uniqueItems": True}),
    ("'contains'", {"type": "array", "contains": {"const": 1}}),
    ("'minContains'", {"type": "array", "minContains": 2}),
    ("'patternProperties'", {"type": "object", "patternProperties": {"^x-": {"type": "string"}}}),
    ("'propertyNames'", {"type": "object", "propertyNames": {"maxLength": 3}}),
    ("'dependentRequired'", {"type": "object", "dependentRequired": {"a": ["b"]}}),
    ("'dependentSchemas'", {"type": "object", "dependentSchemas": {"a": {"required": ["b"]}}}),
    ("'dependencies'", {"type": "object", "dependencies": {"a": ["b"]}}),
    ("'unevaluatedItems'", {"type": "array", "prefixItems": [True], "unevaluatedItems": False}),
    ("'$dynamicRef'", {"$dynamicRef": "#node"}),
    ("'multipleOf'", {"type": "integer", "multipleOf": 7}),
    ("'multipleOf'", {"type": "number", "multipleOf": 0.25}),
    ("'multipleOf'", {"type": "integer", "multipleOf": 20}),
    ("a look ahead", {"type": "string", "pattern": "^(?=.*[0-9]).+$"}),
    ("a look ahead", {"type": "string", "pattern": "^(?!x)"}),
    ("a look behind", {"type": "string", "pattern": "(?<=a)b"}),
    ("a look behind", {"type": "string", "pattern": "(?<!a)b"}),
    ("a reference to a group", {"type": "string", "pattern": "(a)\\1"}),
    ("a word boundary", {"type": "string", "pattern": "\\bword"}),
    ("'maxLength'", {"type": "string", "pattern": "^a+$", "maxLength": 3}),
    ("'format' of 'regex'", {"type": "string", "format": "regex"}),
    ("'minProperties'", {"type": "object", "properties": {"a": True, "b": True}, "minProperties": 1}),
    ("'maxProperties'", {"type": "object", "properties": {"a": True, "b": True}, "maxProperties": 1}),
    ("'oneOf'", {"oneOf": [{"type": "integer"}, {"minimum": 2}]}),
    ("'oneOf'", {"allOf": [{"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 2}]}]}),
    ("'oneOf'", {"$ref": "#/$defs/a", "maximum": 9, "$defs": {"a": {"oneOf": [{"type": "integer"}, {"type": "number"}]}}}),
    ("'oneOf'", {"oneOf": [{"const": 1}, {"const": 1.0}]}),
    ("'oneOf'", {"oneOf": [{"const": {"a": 1, "b": 2}}, {"const": {"b": 2, "a": 1}}]}),
    ("'#/$defs/missing'", {"$ref": "#/$defs/missing"}),
    ("'https://example.org/schema'", {"$ref": "https://example.org/schema"}),
    ("refers to itself", {"$ref": "#"}),
    ("allows no value", False),
    ("allows no value", {"allOf": [{"type": "string"}, {"type": "integer"}]}),
    ("allows no value", {"type": "object", "properties": {"a": False}, "required": ["a"]}),
    ("allows no value", {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}),
    ("allows no value", {"type": "integer", "minimum": 3, "maximum": 2}),
    ("allows no value", {"type": "string", "minLength": 3, "maxLength": 2}),
    ("'magic'", {"type": "string", "magic": True}),
    ("'/properties/a/items'", {"type": "object", "properties": {"a": {"type": "array", "items": {"magic": 1}}}}),
]  # fmt: skip


def hold(probe, schema, valid, invalid, draft=LATEST):
    judge = judge_of(schema, draft)
    said = probe(schema, [written(value) for value in valid + invalid], samples=40)
    assert "error" not in said, said["error"]
    for value, accepts in zip(valid, said["accepts"]):
        assert judge.is_valid(value) and accepts, f"valid: {written(value)}"
    for value, accepts in zip(invalid, said["accepts"][len(valid) :]):
        assert not judge.is_valid(value) and not accepts, f"not valid: {written(value)}"
    assert said["samples"]
    for text in said["samples"]:
        problem = next(iter(judge.iter_errors(json.loads(text))), None)
        assert problem is None, f"{text}: {problem.message}"


@pytest.mark.parametrize("kind", KINDS, ids=[kind[0] for kind in KINDS])
def test_a_kind_of_schema(probe, kind):
    hold(probe, *kind[1:])


@pytest.mark.parametrize("name", FORMATTED)
def test_a_format(probe, name):
    assert name in FORMATS.checkers, "its judge is missing"
    hold(probe, {"type": "string", "format": name}, *FORMATTED[name])


@pytest.mark.parametrize(("named", "schema"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_held_is_named(probe, named, schema):
    said = probe(schema)
    assert said.get("code") == "invalid_request", said  # which is a 400
    assert said["reason"] == "unsupported_schema"
    assert named in said["error"]


# Each bound with each other: of all numbers near them, those that are valid are accepted and no others.
BOUNDS = [None, -10, -1.25, -1, -0.01, 0, 0.1, 1, 10]


@pytest.mark.parametrize("kind", ["number", "integer"])
@pytest.mark.parametrize("low", ["minimum", "exclusiveMinimum"])
@pytest.mark.parametrize("high", ["maximum", "exclusiveMaximum"])
@pytest.mark.parametrize("step", [None, 0.1, 0.01, 10])
def test_numbers_near_their_bounds(probe, kind, low, high, step):
    texts = [str(Decimal(hundredths) / 100) for hundredths in range(-160, 161)] + ["-20", "-10", "10", "20", "100", "-100"]
    for least in BOUNDS:
        for most in BOUNDS:
            schema = {"type": kind, low: least, high: most, "multipleOf": step}
            schema = {name: value for name, value in schema.items() if value is not None}
            judge = judge_of(schema)
            valid = [judge.is_valid(json.loads(text)) for text in texts]
            said = probe(schema, texts, samples=3)
            if "error" in said:
                assert "allows no value" in said["error"] and not any(valid), schema
                continue
            wrong = [text for text, is_valid, accepts in zip(texts, valid, said["accepts"]) if is_valid != accepts]
            assert not wrong, f"{schema}: {wrong}"
            assert all(judge.is_valid(json.loads(text)) for text in said["samples"]), (schema, said["samples"])
