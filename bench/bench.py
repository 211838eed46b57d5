"""./dev bench [CASE…] [--write], ./dev bench serving [LOAD…] [--write], or ./dev bench proof [EVERY] [--write]: measures Entente beside its
peers and prints the table; --write keeps it in docs/benchmarks.md."""

import datetime
import pathlib
import subprocess
import sys

from cases import CASES
from servers import BINARY, ROOT


def machine() -> str:
    info = pathlib.Path("/proc/cpuinfo").read_text()
    name = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "unknown processor")
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) / 1e6
    return f"{name}, {info.count('processor	')} cores, {memory:.0f} GB"


def versions() -> str:
    def first_line(*command: str) -> str:
        out = subprocess.run(command, capture_output=True, text=True)
        return (out.stdout + out.stderr).strip().splitlines()[0]

    package = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}, ", "libllama0", "libggml0", "llama.cpp-tools", "nginx", "wrk"],
                             capture_output=True, text=True).stdout
    return f"{first_line(str(BINARY), 'version')}; {package.rstrip(', ')}"


def table(rows: list[tuple[str, str, str, str]]) -> str:
    lines = ["| | Entente | peer | ratio [95 %] or goal |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def main(arguments: list[str]) -> int:
    write = "--write" in arguments
    names = [a for a in arguments if a != "--write"] or list(CASES)
    if names[0] == "serving":
        import serving
        if unknown := [name for name in names[1:] if name not in serving.LOADS]:
            print(f"There is no load {unknown[0]}; there are {', '.join(serving.LOADS)}.", file=sys.stderr)
            return 2
        return publish(serving.run(names[1:]), write, "serving")
    if names == ["drafting"]:
        import drafting
        return publish(drafting.run(), write, "drafting")
    if names[0] == "proof":
        import proof
        return publish(proof.run(names[1:]), write, "proof")
    if unknown := [name for name in names if name not in CASES]:
        print(f"There is no case {unknown[0]}; there are {', '.join(CASES)}.", file=sys.stderr)
        return 2
    rows = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += CASES[name]()
        print(table(rows[-len(rows):]).splitlines()[-1], file=sys.stderr)
    return publish(rows, write, "basics")


def publish(rows: list[tuple[str, str, str, str]], write: bool, section: str) -> int:
    """Prints the table; `write` puts it into docs/benchmarks.md, between the marks of its section."""
    text = f"Machine: {machine()}.\nVersions: {versions()}.\n\n{table(rows)}\n"
    print(text)
    if write:
        page = ROOT / "docs/benchmarks.md"
        begin, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->\n"
        before, rest = page.read_text().split(begin)
        after = rest.split(end)[1]
        page.write_text(f"{before}{begin}\nMeasured on {datetime.date.today()}.\n\n{text}\n{end}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
