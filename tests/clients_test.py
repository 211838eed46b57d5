"""Programs that people point at a server, as their makers ship them on npm: Codex CLI (Responses), Claude Code (Messages),
opencode (chat/completions). Each is asked one question, runs the tool that the model calls, and shows the answer. The
model is simulated, so that the calls are ours to choose; nothing but the server can be reached."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from entente_server import ROOT
from makers import deployment, model, provider
from mock import Call, Plan

PORT = 18_080  # in a network of its own
URL = f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="session")
def clients() -> Path:
    """npm brings them once for each list, outside the tree."""
    files = [ROOT / "tests/clients" / name for name in ("package.json", "package-lock.json")]
    named = hashlib.sha256(files[1].read_bytes()).hexdigest()[:12]
    folder = Path(os.environ["ENTENTE_CACHE"]) / "clients" / named
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for file in files:
                shutil.copy(file, folder)
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-progress"], cwd=folder, check=True, timeout=900)
            (folder / "complete").touch()
    return folder / "node_modules"


@pytest.fixture
def asked(clients, mocks, start_server, tmp_path):
    """asked(command, environment): the program's run, and the simulated model that it talked to."""
    mock = mocks()
    socket = tempfile.mkdtemp(prefix="entente-") + "/s"  # a socket's path is short
    server = start_server(
        f'server.listen = ["127.0.0.1:0", "unix:{socket}"]\n'
        + provider("p", mock) + deployment("d", "p") + model("assistant", "d"),
        with_model=False,
    )  # fmt: skip
    home, work = tmp_path / "person", tmp_path / "work"
    home.mkdir()
    work.mkdir()

    def run(command, environment):
        done = subprocess.run(
            ["unshare", "--net", "python3", ROOT / "tests/alone.py", socket, str(PORT), *command],
            env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "KEY": server.key, **environment(server.key)},
            cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100,
        )  # fmt: skip
        refused = [line for line in server.log() if line["message"] == "Answered." and line["status"] >= 400]
        assert done.returncode == 0 and not refused, f"{refused}\n{done.stdout}\n{done.stderr}"
        return done

    run.mock, run.home, run.work = mock, home, work
    yield run
    shutil.rmtree(Path(socket).parent)


def calls_then_says(mock, *calls: Call):
    """Calls one tool after the other, then speaks; what a client asks without tools (a title) is answered at once."""

    def choose(request):
        body = json.loads(request.body)
        results = [message for message in body["messages"] if message["role"] == "tool"]
        if not body.get("tools"):
            return Plan(pieces=("A title",))
        return Plan(pieces=(), calls=(calls[len(results)],)) if len(results) < len(calls) else Plan(pieces=("All is", " well."))

    mock.choose = choose


def results_of(mock) -> dict[str, str]:
    """By call, what the tools said: as the model saw it last."""
    last = max((json.loads(request.body) for request in mock.received), key=lambda body: len(body["messages"]))
    return {m["tool_call_id"]: m["content"] if isinstance(m["content"], str) else json.dumps(m["content"])
            for m in last["messages"] if m["role"] == "tool"}  # fmt: skip


def test_codex(asked, clients):
    (asked.home / "config.toml").write_text(f"""
model = "assistant"
model_provider = "entente"
check_for_update_on_startup = false
approval_policy = "never"
sandbox_mode = "danger-full-access"
analytics.enabled = false
[model_providers.entente]
name = "Entente"
base_url = "{URL}/v1"
env_key = "KEY"
wire_api = "responses"
""")
    calls_then_says(
        asked.mock,
        Call("exec_command", (json.dumps({"cmd": "echo from-$((40 + 2))"}),), "call_1"),
        Call("multi_agent_v1__close_agent", (json.dumps({"target": "nobody"}),), "call_2"),  # a tool of a namespace
    )
    done = asked([clients / ".bin/codex", "exec", "--skip-git-repo-check", "Is all well?"],
                 lambda key: {"CODEX_HOME": str(asked.home)})  # fmt: skip
    assert "All is well." in done.stdout
    results = results_of(asked.mock)
    assert "from-42" in results["call_1"]
    # Codex knows the tool again and refuses the agent, not the call.
    assert "nobody" in results["call_2"] and "unsupported call" not in results["call_2"], results["call_2"]


def test_claude_code(asked, clients):
    calls_then_says(asked.mock, Call("Bash", (json.dumps({"command": "echo from-$((40 + 2))", "description": "x"}),), "call_1"))
    done = asked(
        [clients / "@anthropic-ai/claude-code-linux-x64/claude", "-p", "Is all well?", "--model", "assistant",
         "--allowedTools", "Bash"],
        lambda key: {"ANTHROPIC_BASE_URL": URL, "ANTHROPIC_API_KEY": key, "DISABLE_TELEMETRY": "1",
                     "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"},
    )  # fmt: skip
    assert "All is well." in done.stdout
    assert "from-42" in results_of(asked.mock)["call_1"]


def test_opencode(asked, clients):
    (asked.work / "opencode.json").write_text(json.dumps({
        "provider": {"entente": {"npm": "@ai-sdk/openai-compatible", "options": {"baseURL": URL + "/v1", "apiKey": "{env:KEY}"},
                                 "models": {"assistant": {}}}},
        "model": "entente/assistant", "autoupdate": False, "share": "disabled", "permission": {"bash": "allow"},
    }))  # fmt: skip
    calls_then_says(asked.mock, Call("bash", (json.dumps({"command": "echo from-$((40 + 2))", "description": "x"}),), "call_1"))
    done = asked([clients / "opencode-linux-x64-baseline/bin/opencode", "run", "Is all well?"], lambda key: {})
    assert "All is well." in done.stdout
    assert "from-42" in results_of(asked.mock)["call_1"]
