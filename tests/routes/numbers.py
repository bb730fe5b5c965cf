"""What a tablet's page tells in numbers, and where each of them leads."""

import re
from collections.abc import Iterable
from html import unescape
from typing import NamedTuple


class Link(NamedTuple):
    text: str
    href: str


class Tile(NamedTuple):
    number: str
    href: str
    said: list[str]  # what stands below it
    more: list[Link]  # what of that has a list of its own
    page: str  # of which the label speaks


def tiles_of(html: str) -> dict[str, Tile]:
    found = {}
    for tile in re.findall(r'<div class="figure">(.*?)</div>', html, re.DOTALL):
        [label] = re.findall(r'class="about"[^>]*>([^<]*)<', tile)
        page = re.findall(r'class="about" href="([^"]*)"', tile)
        links = re.findall(r'<a class="of(?: more)?" href="([^"]*)">(.*?)</a>', tile, re.DOTALL)
        [(href, first), *others] = [(unescape(href), within) for href, within in links]
        [number] = re.findall(r"<b[^>]*>([^<]*)</b>", first)
        more = [Link(_text(within), href) for href, within in others]
        said = [_text(small) for small in re.findall(r"<small>(.*?)</small>", tile)]
        found[unescape(label)] = Tile(number, href, said, more, unescape("".join(page)))
    return found


def figures_of(html: str) -> dict[str, str]:
    return {label: tile.number for label, tile in tiles_of(html).items()}


def numbers_in(html: str) -> list[Link]:
    """Of all rows that there are."""
    lines = re.findall(r'<p class="(?:numbers|cells)">(.*?)</p>', html, re.DOTALL)
    return [
        Link(_text(text), unescape(href))
        for line in lines
        for href, text in re.findall(r'<a[^>]*? href="([^"]*)"[^>]*>(.*?)</a>', line, re.DOTALL)
    ]


def _text(html: str) -> str:
    return unescape(re.sub(r'<(span|small) class="unseen">.*?</\1>|<[^>]*>', "", html)).strip()


def cents_listed(pages: Iterable[str], symbol: str) -> int:
    """What the rows of a list come to; all of them are in this money."""
    tags = [
        tag
        for page in pages
        for tag in re.findall(
            r'<a class="row" href="/.*?<span class="tag[^"]*">([^<]*)</span>\s*</a>', page, re.DOTALL
        )
    ]
    assert all(tag.removeprefix("-").startswith(symbol) for tag in tags), tags
    return sum(round(100 * float(tag.replace(symbol, "").replace(",", ""))) for tag in tags)
