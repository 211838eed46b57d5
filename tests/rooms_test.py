"""Arrows go down only: a file may include headers of its own room and of the rooms that room USES; its tests also those
that it TEST_USES.

The list is cmake/rooms.cmake, the one the build uses. Outside headers that belong to one room stay there.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"

# Which rooms, or folders of one, may include an outside header: heavy or replaceable things live in one place.
OUTSIDE = {
    r"boost/(asio|beast)/": {"net", "base"},
    r"toml\+\+/": {"config"},
    r"llama\.h|llama-cpp\.h|mtmd": {"local/libllama"},
    r"gguf\.h": {"models"},
    r"minja/|nlohmann/": {"local/text"},
    r"sqlite3\.h": {"store"},
    r"prometheus/": {"telemetry"},
    r"CLI/": {"app"},
    r"re2/": {"labels"},
    r"isocline\.h": {"app/terminal"},
    r"openssl/(ssl|x509|err|pem)": {"net"},
}


def rooms(word="USES") -> dict[str, set[str]]:
    text = (ROOT / "cmake/rooms.cmake").read_text()
    found = {}
    for name, rest in re.findall(r"^\s*room\((\w+)([^)]*)\)", text, re.M):
        uses = re.search(rf"\b{word}((?: [a-z]+)*)", rest)
        found[name] = set(uses.group(1).split()) if uses else set()
    return found


def includes():
    for file in sorted(SRC.rglob("*.[ch]pp")):
        room = file.relative_to(SRC).parts[0]
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if match := re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line):
                yield file.relative_to(ROOT), number, room, match.group(1), match.group(2)


def test_every_folder_of_src_is_a_room():
    folders = {p.name for p in SRC.iterdir() if p.is_dir()}
    assert folders == set(rooms())


def test_a_room_includes_only_the_rooms_it_uses():
    allowed, for_its_tests = rooms(), rooms("TEST_USES")
    wrong = [
        f"{file}:{number}: {room} may not include {path}"
        for file, number, room, mark, path in includes()
        if mark == '"' and (target := path.split("/")[0]) in allowed and target != room and target not in allowed[room]
        and not (for_tests(file) and target in for_its_tests[room])
    ]
    assert not wrong, "\n".join(wrong)


def test_own_headers_are_included_by_their_full_path():
    wrong = [f"{file}:{number}: {path}" for file, number, _, mark, path in includes() if mark == '"' and not (SRC / path).exists()]
    assert not wrong, "\n".join(wrong)


def test_no_room_uses_one_above_it():
    seen = set()
    tests = rooms("TEST_USES")
    for name, uses in rooms().items():
        above = (uses | tests[name]) - seen
        assert not above, f"{name} uses {above}, which stands above it in cmake/rooms.cmake"
        seen.add(name)


def test_the_folders_of_a_room_form_no_circle():
    arrows: dict[Path, set[Path]] = {}
    for file, _, room, mark, path in includes():
        here, there = file.parent, Path("src", path).parent
        own = mark == '"' and path.split("/")[0] == room and here != there
        if own and not for_tests(file) and file.name != "command_line.cpp":  # which is the list of the commands
            arrows.setdefault(here, set()).add(there)
    seen: set[Path] = set()
    while ground := {folder for uses in arrows.values() for folder in uses} - arrows.keys() - seen:
        seen |= ground
        arrows = {folder: uses - seen for folder, uses in arrows.items() if uses - seen}
    assert not arrows, f"these folders include each other: {arrows}"


def for_tests(file: Path) -> bool:
    return file.name.endswith(("_fixture.hpp", ".test.cpp")) or file.name.startswith("test_")


def test_an_outside_library_stays_in_its_room():
    wrong = [
        f"{file}:{number}: {path} belongs to {', '.join(sorted(owners))}"
        for file, number, _, mark, path in includes()
        if mark == "<"
        for pattern, owners in OUTSIDE.items()
        if re.match(pattern, path) and not any(file.is_relative_to(Path("src", owner)) for owner in owners) and not for_tests(file)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_verifier_needs_nothing_of_ours():
    """Others take that one file with them."""
    header = SRC / "verifier/entente_verify.hpp"
    included = re.findall(r'^\s*#\s*include\s*["<]([^">]+)', header.read_text(), re.M)
    outside = {path for path in included if re.search("[/.]", path)}  # the standard library's have neither
    assert outside == {"openssl/evp.h"}
    assert not re.search(r'^\s*#\s*include\s*"|\bentente::', header.read_text(), re.M)
