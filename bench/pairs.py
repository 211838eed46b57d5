"""Alternating pairs of measurements, and what can be said of their ratio.

A machine that is shared drifts by more than the differences of interest, so two programs are measured in turn (ours,
peer, peer, ours, …) and only the ratio of neighbours counts. The interval is Student's t at 95 % over the logarithms of
the ratios: "no slower" is claimed when it contains 1 or lies on the better side.
"""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass

# Student's t, two-sided 95 %, by degrees of freedom.
T95 = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26, 10: 2.23, 11: 2.20, 14: 2.14, 19: 2.09}


@dataclass
class Ratio:
    ours: list[float]
    peer: list[float]

    @property
    def logs(self) -> list[float]:
        return [math.log(a / b) for a, b in zip(self.ours, self.peer)]

    @property
    def middle(self) -> float:
        return math.exp(statistics.fmean(self.logs))

    @property
    def interval(self) -> tuple[float, float]:
        n = len(self.logs)
        if n < 2:
            return (0.0, math.inf)
        t = T95.get(n - 1) or 2.0
        half = t * statistics.stdev(self.logs) / math.sqrt(n)
        mean = statistics.fmean(self.logs)
        return (math.exp(mean - half), math.exp(mean + half))

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.middle:.2f} [{low:.2f}, {high:.2f}]"


def alternate(ours: Callable[[], float], peer: Callable[[], float], pairs: int) -> Ratio:
    """Runs `pairs` pairs in the order AB BA AB …, after one of each that does not count."""
    ours(), peer()
    result = Ratio([], [])
    for i in range(pairs):
        if i % 2 == 0:
            a, b = ours(), peer()
        else:
            b, a = peer(), ours()
        result.ours.append(a)
        result.peer.append(b)
    return result


def middle(values: list[float]) -> float:
    return statistics.median(values)


def spread(values: list[float], digits: int = 0) -> str:
    return f"{min(values):.{digits}f}–{max(values):.{digits}f}"
