"""Rounded amounts of money."""

from typing import Final

from server import words

UNITS: Final = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))
UNITS_ZH: Final = ((10**12, "万亿"), (10**8, "亿"), (10**4, "万"))
FIGURES: Final = 3


def about(cents: int, currency: str, locale: str) -> str:
    """€128k, €1.28M; ¥12.8万. Small amounts are not rounded."""
    whole = (abs(cents) + 50) // 100
    sign = "-" if cents < 0 and whole else ""
    for unit, letter in UNITS_ZH if locale == "zh-Hans" else UNITS:
        if whole >= unit and whole >= 10_000:
            return f"{sign}{words.SYMBOLS.get(currency, f'{currency} ')}{_rounded(whole, unit)}{letter}"
    return f"{sign}{words.money(whole * 100, currency)}"


def _rounded(whole: int, unit: int) -> str:
    decimals = max(FIGURES - len(str(whole // unit)), 0)
    scaled = (whole * 10**decimals + unit // 2) // unit
    before, after = divmod(scaled, 10**decimals)
    fraction = f"{after:0{decimals}}".rstrip("0") if decimals else ""
    return f"{before:,}.{fraction}" if fraction else f"{before:,}"
