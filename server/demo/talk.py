"""What reps of the demo write about visits, in their language. The sentences are in talk.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from server.demo.dice import Dice


@dataclass(frozen=True)
class Language:
    notes: dict[str, list[str]]
    more: list[str]
    pains: list[str]
    promises: dict[str, list[str]]
    deals: list[str]
    between: dict[str, list[str]]
    first_names: list[str]
    last_names: list[str]
    joined: str


@cache
def language(chinese: bool) -> Language:
    spoken = tomllib.loads(Path(__file__).with_name("talk.toml").read_text("utf-8"))
    return Language(**spoken["chinese" if chinese else "english"])


def person_name(chinese: bool, dice: Dice) -> str:
    words = language(chinese)
    first, last = dice.choice(words.first_names), dice.choice(words.last_names)
    return last + first if chinese else f"{first} {last}"


def note(outcome: str, chinese: bool, contact: str, product: str, dice: Dice) -> str:
    words = language(chinese)
    said = dice.choice(words.notes[outcome])
    if outcome != "nobody_there" and dice.chance(0.3):
        said += words.joined + dice.choice(words.more)
    return _filled(said, contact, product, dice)


def promise(outcome: str, chinese: bool, contact: str, product: str, dice: Dice) -> str:
    return _filled(dice.choice(language(chinese).promises[outcome]), contact, product, dice)


def _filled(text: str, contact: str, product: str, dice: Dice) -> str:
    return text.format(contact=contact, product=product, number=dice.randint(2, 9))
