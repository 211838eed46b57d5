"""entente models tune: the table, the choice, and what is left behind. With the tiny model: seconds, and real kernels."""

import json
import os
import pty
import subprocess

import pytest
import tiny_model
from entente_server import BINARY, PATIENCE, Home, eventually


@pytest.fixture
def home(tmp_path) -> Home:
    home = Home(tmp_path / "home", tmp_path / "models")
    home.entente("models", "import", tiny_model.write(tmp_path / "tiny.gguf"), "--name", "tiny")
    return home


def tune(home, *more) -> dict:
    return json.loads(home.entente("models", "tune", "tiny", "--json", *more).stdout)


def installed(home) -> list[str]:
    return [model["name"] for model in json.loads(home.entente("models", "list", "--json").stdout)]


def partial(home):
    folder = home.folder.parent / "models/partial"
    return sorted(file.name for file in folder.iterdir() if file.suffix == ".gguf")


def test_layouts_are_made_and_measured_and_nothing_is_changed(home):
    (home.folder.parent / "models/partial/tune-left-by-a-kill.gguf").write_bytes(b"x")
    table = tune(home)
    layouts = {layout["layout"]: layout for layout in table["layouts"]}
    assert list(layouts)[0] == "F32"
    assert set(layouts) == {"F32", "Q4_0", "IQ4_NL", "Q4_0-mix", "IQ4_NL-mix", "Q8_0", "BF16"}
    size = {name: layout["bytes"] for name, layout in layouts.items()}
    assert size["Q4_0"] < size["Q4_0-mix"] < size["Q8_0"] < size["BF16"] < size["F32"]
    surprise = {name: layout["perplexity"] for name, layout in layouts.items()}
    # Random weights know nothing of any text, but what is nearer to them says more nearly the same.
    assert abs(surprise["BF16"] / surprise["F32"] - 1) < 0.01
    assert abs(surprise["Q8_0"] / surprise["F32"] - 1) < 0.05
    for layout in layouts.values():
        assert layout["perplexity"] > 50
        assert layout["prompt_tokens_per_second"] > 0 and layout["answer_tokens_per_second"] > 0  # which is faster is no test
    assert table["text_tokens"] > 5000  # a byte each
    assert "as it is" in layouts["F32"]["good_for"]
    assert installed(home) == ["tiny"]
    assert partial(home) == []


def test_the_chosen_layout_is_installed_beside_the_original(home, tmp_path):
    text = tmp_path / "text"
    text.write_text("Whoever comes and goes leaves nothing behind. " * 20)
    table = tune(home, "--choose", "q8_0", "--text", text)
    assert [layout["layout"] for layout in table["layouts"]] == ["F32", "Q8_0"]
    assert table["installed"]["name"] == "tiny:q8_0"
    assert installed(home) == ["tiny", "tiny:q8_0"]
    assert partial(home) == []
    original, made = (
        json.loads(home.entente("models", "show", name, "--json").stdout) for name in ("tiny", "tiny:q8_0")
    )
    assert made["quantisation"] == "Q8_0"
    assert made["made_from"] == original["sha256"] and original["made_from"] == ""
    assert made["licence"] == original["licence"] == "CC0-1.0"
    assert "made of tiny" in made["source"] and "packed as Q8_0" in made["source"]
    assert {part["packing"] for part in original["kernels"]} == {"F32"}
    assert "kernels here" in home.entente("models", "show", "tiny").stdout
    assert home.entente("run", "tiny:q8_0", "hello", "--max-tokens", "5").returncode == 0


def test_one_run_at_a_time_and_a_killed_one_leaves_nothing_for_the_next(home):
    command = [BINARY, "models", "tune", "tiny", "--config", home.config]
    process = subprocess.Popen(command, env=home.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually("it works on a layout", lambda: partial(home))
        another = home.entente("models", "tune", "tiny", check=False)
        assert another.returncode == 1 and "Another `entente models tune` is at work" in another.stderr
        eventually("it works on a layout", lambda: partial(home))
    finally:
        process.kill()
        process.wait()
    assert partial(home), "what a killed run leaves"
    tune(home, "--choose", "q8_0")
    assert partial(home) == [] and installed(home) == ["tiny", "tiny:q8_0"]


def test_what_cannot_be_tuned_is_one_sentence(home, tmp_path):
    def wrong(*arguments) -> str:
        done = home.entente("models", "tune", *arguments, check=False)
        assert done.returncode == 1 and done.stderr.startswith("entente: "), done.stderr
        return done.stderr

    assert "no layout 'Q9'" in wrong("tiny", "--choose", "Q9") and "Q4_0, IQ4_NL" in wrong("tiny", "--choose", "Q9")
    assert "not installed" in wrong("huge")
    assert "cannot be read" in wrong("tiny", "--text", tmp_path / "none")
    assert partial(home) == [] and installed(home) == ["tiny"]


@pytest.mark.parametrize("answer, expected", [("Q4_0", ["tiny", "tiny:q4_0"]), ("", ["tiny"])])
def test_a_person_is_asked(home, answer, expected):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BINARY, "models", "tune", "tiny", "--config", home.config],
        env=home.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    said = b""
    while b"Which shall be installed" not in said:
        said += os.read(ours, 4096)
    assert b"PERPLEXITY" in said and b"IQ4_NL-mix" in said
    os.write(ours, answer.encode() + b"\n")
    assert process.wait(PATIENCE) == 0
    os.close(ours)
    assert installed(home) == expected
