"""Another judge of what is valid under a JSON Schema than our grammars: Python's jsonschema, with what it leaves open filled
in here: formats that it only knows with more packages, and multiples that it reckons in binary floats. And grammar_probe, a
program that says what a grammar accepts and draws texts from it."""

import datetime
import ipaddress
import json
import re
import subprocess
from decimal import Decimal
from urllib.parse import urlsplit

import jsonschema
from entente_server import BINARY

PROBE = BINARY.parent / "grammar_probe"
FORMATS = jsonschema.FormatChecker()


def whole(pattern: str, text: str):
    return re.fullmatch(pattern, text, re.ASCII)


@FORMATS.checks("time", raises=ValueError)
def is_time(text) -> bool:
    if not isinstance(text, str):
        return True
    if not whole(r"\d\d:\d\d:\d\d(\.\d+)?([zZ]|[+-]\d\d:\d\d)", text) or text.startswith("24"):  # Python takes it for 0
        return False
    datetime.time.fromisoformat(re.sub(r"\.\d+", "", text).upper().replace("Z", "+00:00"))
    return True


@FORMATS.checks("date", raises=ValueError)
def is_date(text) -> bool:
    if not isinstance(text, str):
        return True
    # RFC 3339 has a year 0, which Python lacks; it is a leap year, as 400 is.
    return bool(whole(r"\d{4}-\d\d-\d\d", text) and datetime.date.fromisoformat(re.sub("^0000", "0400", text)))


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(text) -> bool:
    if not isinstance(text, str):
        return True
    return text[10:11] in ("T", "t") and is_date(text[:10]) and is_time(text[11:])


@FORMATS.checks("duration")
def is_duration(text) -> bool:  # RFC 3339, appendix A: no unit between two others is left out
    if not isinstance(text, str):
        return True
    date = r"(\d+Y(\d+M(\d+D)?)?|\d+M(\d+D)?|\d+D)"
    time = r"T(\d+H(\d+M(\d+S)?)?|\d+M(\d+S)?|\d+S)"
    return bool(whole(rf"P({date}({time})?|{time}|\d+W)", text))


@FORMATS.checks("hostname")
def is_hostname(text) -> bool:  # RFC 1123; "--" at the third place begins a name in Punycode (RFC 5891)
    if not isinstance(text, str):
        return True
    label = r"(?!..--)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    return len(text) <= 253 and bool(whole(rf"{label}(\.{label})*", text))


@FORMATS.checks("uuid")
def is_uuid(text) -> bool:
    return not isinstance(text, str) or bool(whole("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text))


@FORMATS.checks("ipv6", raises=ValueError)
def is_ipv6(text) -> bool:
    return not isinstance(text, str) or ("%" not in text and bool(ipaddress.IPv6Address(text)))


@FORMATS.checks("email")
def is_email(text) -> bool:  # RFC 5321, without quotes and addresses in brackets
    if not isinstance(text, str):
        return True
    local, _, domain = text.rpartition("@")
    atoms = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
    label = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    return bool(len(local) <= 64 and whole(rf"{atoms}(\.{atoms})*", local) and whole(rf"{label}(\.{label})*", domain))


@FORMATS.checks("uri", raises=ValueError)
def is_uri(text) -> bool:
    if not isinstance(text, str):
        return True
    parts = urlsplit(text)
    allowed = whole(r"([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+", text)
    return bool(parts.scheme and allowed and (parts.port or 0) <= 65535)


def multiple_of(_, step, value, __):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    if Decimal(repr(value)) % Decimal(repr(step)) != 0:
        yield jsonschema.ValidationError(f"{value} is no multiple of {step}")


def judge_of(schema, draft=jsonschema.Draft202012Validator) -> jsonschema.protocols.Validator:
    draft.check_schema(schema)
    exact = jsonschema.validators.extend(draft, {"multipleOf": multiple_of})
    return exact(schema, format_checker=FORMATS)


def written(value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Probe:
    """grammar_probe, asked line by line."""

    def __init__(self):
        self.process = subprocess.Popen([PROBE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, schema, texts=(), samples=6, seed=1) -> dict:
        self.process.stdin.write(json.dumps({"schema": schema, "samples": samples, "seed": seed, "texts": list(texts)}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0
