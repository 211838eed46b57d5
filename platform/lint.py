"""Write the ninja file of ./dev lint: one small step per file and check, each with a stamp.

usage: lint.py COMPILE_COMMANDS LIST_OF_CHANGED_FILES OUTPUT     (from the root of the clone)
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

RULES = """\
ninja_required_version = 1.10
builddir = .
rule second
  command = $flags -MD -MF $out.d -MT $out -fsyntax-only $in && touch $out
  depfile = $out.d
  deps = gcc
  description = clang $name
rule tidy
  command = clang-tidy-21 --quiet --config-file=$root/.clang-tidy --warnings-as-errors='*' $in -- $flags && touch $out
  description = clang-tidy $name
rule format
  command = clang-format-21 --dry-run --Werror $in || (echo "./dev fmt mends this." && false) && touch $out
  description = clang-format $name
rule shell
  command = (cd $root && shellcheck $in) && touch $out
  description = shellcheck $name
"""

# What g++ is told and clang does not know, or what belongs to producing an object.
DROPPED = {"-Wno-maybe-uninitialized", "-c"}
DROPPED_WITH_VALUE = {"-o", "-MF", "-MT", "-MQ"}
ADDED = ["-Wno-unknown-warning-option", "-Wno-c23-extensions", "-Werror=unused-value", "-Werror=unused-result"]


def clang_flags(command: str) -> list[str]:
    words = shlex.split(command)
    # the launcher and the compiler come first; the rest are options and the file
    words = words[next(i for i, word in enumerate(words) if word.startswith("-")):]
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in DROPPED_WITH_VALUE:
            skip = True
        elif word not in DROPPED and not word.endswith(".cpp"):
            kept.append(word)
    return kept + ADDED


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        check=True, capture_output=True, text=True).stdout.split("\n")
    return [name for name in listed if name and os.path.exists(name)]


def is_shell_script(name: str) -> bool:
    with open(name, "rb") as file:
        return name.endswith(".sh") or file.readline().startswith((b"#!/bin/bash", b"#!/bin/sh"))


def main(compile_commands: str, changed_list: str, output: str) -> None:
    root = Path.cwd()
    changed = set(Path(changed_list).read_text().splitlines())
    lines = [RULES, f"root = {root}"]

    def step(rule: str, name: str, after: str = "", **variables: str) -> str:
        stamp = f"{name.replace('/', '_')}.{rule}"
        lines.append(f"build {stamp}: {rule} {root / name}{after}\n  name = {name}")
        lines.extend(f"  {key} = {value}" for key, value in variables.items())
        return stamp

    for entry in json.loads(Path(compile_commands).read_text()):
        name = os.path.relpath(os.path.join(entry["directory"], entry["file"]), root)
        if not name.startswith(("src/", "tests/", "bench/")):
            continue
        flags = shlex.join(clang_flags(entry["command"])).replace("$", "$$")
        stamp = step("second", name, flags=f"clang++-21 {flags}")
        if name in changed:
            # waits for the second opinion, whose list of headers says when to look again
            step("tidy", name, f" | {stamp} {root / '.clang-tidy'}", flags=flags)
    for name in sorted(changed):
        step("format", name, f" | {root / '.clang-format'}")
    for name in tracked("dev", "platform", ".ci"):
        if is_shell_script(name):
            step("shell", name)
    Path(output).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
