"""Other makers for tests: simulated ones on real sockets (bench/mock) with keys in files, the configuration that names them,
and what is read of the answers that come through Entente."""

import json
import sys

import openai
from entente_server import ROOT, eventually

sys.path.insert(0, str(ROOT / "bench"))

from mock import Mock, Plan  # noqa: E402

TEXT = "Hello, wörld!"


def provider(name: str, mock: Mock, kind="openai", **more) -> str:
    settings = {"endpoint": f"{mock.url}/v1", "api_key": f"file:{key_file(mock)}", **more}
    lines = [f"{k} = {json.dumps(v)}" for k, v in settings.items() if v is not None]
    return "\n".join(["[[providers]]", f'name = "{name}"', f'kind = "{kind}"', *lines, ""])


def key_file(mock: Mock):
    return mock.folder / f"key-{mock.port}"


def deployment(name: str, provider: str, model="m", price="", **more) -> str:
    lines = [f"{k} = {json.dumps(v)}" for k, v in more.items()]
    return "\n".join(["[[deployments]]", f'name = "{name}"', f'provider = "{provider}"', f'model = "{model}"', *lines, price, ""])


def model(name: str, *deployments: str, **more) -> str:
    lines = [f"{k} = {json.dumps(v)}" for k, v in more.items()]
    return "\n".join(["[[models]]", f'name = "{name}"', f"deployments = {json.dumps(deployments)}", *lines, ""])


def chat(**more) -> dict:
    return {"model": "assistant", "messages": [{"role": "user", "content": "Hi"}], **more}


def client(server) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.url + "/v1", api_key=server.key, max_retries=0)


def one(mocks, start, **more):
    mock = mocks()
    return mock, start(provider("p", mock, **more), deployment("d", "p"), model("assistant", "d"))


def two(mocks, start, **more):
    """The first is asked first, the second when that fails."""
    first, second = mocks(2)
    second.plan = Plan(pieces=("second",))
    server = start(provider("p1", first, **more), provider("p2", second), deployment("d1", "p1"), deployment("d2", "p2"),
                   model("assistant", "d1", "d2"))  # fmt: skip
    return first, second, server


def frames(response) -> list:
    """The data of each event of a stream that is read to its end, [DONE] as None."""
    out = []
    for line in response.text.splitlines():
        if line.startswith("data: "):
            out.append(None if line == "data: [DONE]" else json.loads(line[6:]))
    return out


def text_of(events) -> str:
    return "".join(c["delta"].get("content") or "" for e in events if e and "choices" in e for c in e["choices"])


def settled(server, count: int) -> list[dict]:
    return eventually(
        f"{count} attempts are settled",
        lambda: (all_ := server.attempts()) and len(all_) >= count and all(a["kind"] for a in all_) and all_,
    )
