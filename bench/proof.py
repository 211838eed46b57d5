"""./dev bench proof [EVERY] [--write]: what decisions, records, the log and their verification cost, and whether every changed byte
of a log is found. EVERY: only each so-manieth byte is changed (all of them take about an hour)."""

import json
import os
import subprocess

from servers import BINARY

PROGRAM = BINARY.parent / "proof_bench"


def measured(*arguments: str) -> list[dict]:
    out = subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True, cwd=PROGRAM.parent).stdout
    return [json.loads(line) for line in out.splitlines()]


def run(arguments: list[str]) -> list[tuple[str, str, str, str]]:
    rows = []
    goals = {1: "–", 10: "decide ≤ 5", 200: "decide ≤ 60"}
    for one in measured("labels"):
        rows.append((f"labels: {one['bytes']:,} bytes of text read for all that `finds` knows and five words; {'one' if one['found'] else 'nothing'} "
                     "is found, µs", f"{one['us']:.1f}", "–", "–"))  # fmt: skip
    for one in measured("decisions"):
        rows.append((f"decision over {one['candidates']} candidates, {one['policies']} policies: decide + seal + record, µs of processor time",
                     f"{one['decide_us']:.1f} + {one['seal_us']:.1f} + {one['record_us']:.1f}", "–", goals[one["candidates"]]))  # fmt: skip
        rows.append(("… bytes of the record, and of its candidates beside it", f"{one['record_bytes']}, {one['candidates_bytes']}", "–", "–"))
    journal, integration = measured("journal")
    rows.append((f"durable entries a second, {journal['at_a_time']} attempts at a time", f"{journal['durable_per_second']:,.0f}", "–", "≥ 10,000"))
    rows.append(("… µs of processor time each", f"{journal['cpu_us_each']:.1f}", "–", "–"))
    rows.append((f"integration of {integration['entries']:,} entries at once, s", f"{integration['seconds']:.2f}", "–", "10,000 in < 1"))
    verify, receipt, with_mldsa = measured("verify")
    assert verify["whole"]
    rows.append(("verification of 1,000,000 entries, s (of processor time)", f"{verify['seconds']:.1f} ({verify['cpu_seconds']:.1f})", "–", "≤ 10"))
    rows.append((f"verification of a receipt of {receipt['bytes']} bytes, µs", f"{receipt['verify_us']:.0f}", "–", "≤ 5,000"))
    rows.append((f"… of {with_mldsa['bytes']} bytes, with the line of ML-DSA-44 under its checkpoint: passed over, demanded by a policy",
                 f"{with_mldsa['verify_us']:.0f}, {with_mldsa['demanded_us']:.0f}", "–", "≤ 5,000"))  # fmt: skip
    flips, = measured("flips", *(a for a in arguments if a.isdigit()))
    rows.append((f"a log of 1,000 entries ({flips['bytes']:,} bytes): bytes changed, one at a time; not found",
                 f"{flips['tried']:,}; {flips['missed']}", "–", "none"))  # fmt: skip
    load = os.getloadavg()
    rows.append(("load of the machine at the end (processes that want its cores)", f"{load[0]:.1f}", "–", "–"))
    return rows
