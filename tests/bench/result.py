"""What was measured, against which floor, and whether it meets its target; as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

VERDICT = {True: "met", False: "**missed**", None: ""}


@dataclass(frozen=True)
class Result:
    what: str
    measured: str
    floor: str  # measured in the same run; empty where the target is not a ratio
    ratio: str
    target: str
    met: bool | None  # None: there is no target


def noted(what: str, value: float, unit: str, decimals: int = 0, beside: str = "") -> Result:
    return Result(what, number(value, unit, decimals), beside, "", "", None)


def ratio_noted(what: str, value: float, floor: float, unit: str, floor_is: str) -> Result:
    beside = f"{number(floor, unit)} ({floor_is})"
    return Result(what, number(value, unit), beside, f"{value / floor:.2f}", "", None)


def at_most(what: str, value: float, most: float, unit: str, decimals: int = 0) -> Result:
    return Result(what, number(value, unit, decimals), "", "", f"≤ {most:g} {unit}", value <= most)


def ratio_at_most(
    what: str, value: float, floor: float, most: float, unit: str, floor_is: str, decimals: int = 1
) -> Result:
    ratio = value / floor
    beside = f"{number(floor, unit, decimals)} ({floor_is})"
    return Result(what, number(value, unit, decimals), beside, f"{ratio:.2f}", f"≤ {most:g}", ratio <= most)


def ratio_at_least(what: str, value: float, floor: float, least: float, unit: str, floor_is: str) -> Result:
    ratio = value / floor
    beside = f"{number(floor, unit)} ({floor_is})"
    return Result(what, number(value, unit), beside, f"{ratio:.2f}", f"≥ {least:g}", ratio >= least)


def number(value: float, unit: str, decimals: int = 0) -> str:
    return f"{value:,.{decimals}f} {unit}".rstrip()


def table(results: Sequence[Result]) -> str:
    rows = [("", "measured", "floor", "ratio", "target", "")]
    rows += [(one.what, one.measured, one.floor, one.ratio, one.target, VERDICT[one.met]) for one in results]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)
