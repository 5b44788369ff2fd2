"""Goodhart's curve as a small plot: proxy and gold of the best of n, n on a logarithmic scale."""

from __future__ import annotations

from math import log10

from hch.optimum.goodhart import Goodhart

WIDTH, HEIGHT = 420.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 62.0, 14.0, 34.0


def plot(curve: Goodhart) -> str:
    """The plot as an SVG element."""
    lowest = min(0.0, *(point.gold for point in curve.points))
    bottom = -0.25 * -(-lowest // -0.25) if lowest < 0 else 0.0
    bottom = min(bottom, lowest)
    far = max(1.0, log10(curve.points[-1].n))

    def x(n: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * log10(n) / far

    def y(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value) / (1 - bottom)

    parts = [f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{curve_in_words(curve)}">']
    for value in (0.0, 0.5, 1.0):
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for power in range(0, int(far) + 1, 2):
        name = f"{10**power:,}"
        parts.append(f'<text x="{x(10**power):.1f}" y="{HEIGHT - 16}" text-anchor="middle">{name}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.1f}" y="{HEIGHT - 2}" text-anchor="middle">best of n</text>')
    last = curve.points[-1]
    proxy_y, gold_y = y(last.proxy), y(last.gold)
    if abs(proxy_y - gold_y) < 14:
        # Both names are to be read, also where both lines end together.
        gold_y = proxy_y + 14
    for kind, end in (("proxy", proxy_y), ("gold", gold_y)):
        points = " ".join(f"{x(point.n):.1f},{y(getattr(point, kind)):.1f}" for point in curve.points)
        parts.append(f'<polyline class="{kind}" points="{points}"/>')
        parts.append(f'<text class="{kind}-name" x="{WIDTH - RIGHT + 8}" y="{end + 4:.1f}">{kind}</text>')
    return "".join([*parts, "</svg>"])


def curve_in_words(curve: Goodhart) -> str:
    """Where the curve begins and ends."""
    return (
        f"Gold: {float(curve.start):.1%} of questions at random, {float(curve.optimum):.1%} at the proxy's optimum on "
        f"average, {float(curve.worst):.1%} in the worst case there, {float(curve.best):.1%} at best."
    )


def numbers(curve: Goodhart) -> list[list[str]]:
    """The curve as lines of a table: n, proxy, gold, their gap, and its three parts."""
    found = []
    for point in curve.points:
        values = (point.proxy, point.gold, point.proxy - point.gold, point.broken, point.noise, point.tail)
        # A number that rounds to nothing has no sign.
        found.append([f"{point.n:,}", *(f"{round(value, 3) + 0:.3f}" for value in values)])
    return found
