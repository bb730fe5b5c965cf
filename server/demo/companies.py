"""Made-up companies, put together from names, trades and towns in companies.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from server.demo.cast import EAST, NORTH
from server.demo.dice import Dice


@dataclass(frozen=True)
class Company:
    name: str
    chinese: bool
    kind: str
    phone: str
    address: str
    town: str
    latitude: float
    longitude: float


@cache
def words() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("companies.toml").read_text("utf-8"))


def companies(
    territory: str, count: int, chinese: int, unusual: int, dice: Dice, taken: set[str]
) -> list[Company]:
    """`chinese`: how many have Chinese names; `unusual`: how many have characters that break careless software."""
    unusual_names = [name for name in words()["territories"][territory]["unusual"] if name not in taken]
    named = [(name, False) for name in unusual_names[:unusual]]
    taken.update(name for name, _ in named)
    while len(named) < count:
        is_chinese = len(named) - unusual < chinese
        name = _chinese_name(dice) if is_chinese else _latin_name(territory, dice)
        if name not in taken:
            named.append((name, is_chinese))
            taken.add(name)
    dice.shuffle(named)
    return [_company(name, is_chinese, territory, dice) for name, is_chinese in named]


def company(territory: str, chinese: bool, dice: Dice, suffix: str) -> Company:
    """A further company, for when more are needed than there are names: the suffix makes its name unique."""
    name = _chinese_name(dice) if chinese else _latin_name(territory, dice)
    return _company(name + suffix, chinese, territory, dice)


def _chinese_name(dice: Dice) -> str:
    parts = [dice.choice(words()[f"chinese_{part}"]) for part in ("places", "brands", "trades")]
    return "".join(parts) + _form("chinese_forms", dice)


def _form(forms: str, dice: Dice) -> str:
    weights: dict[str, int] = words()[forms]
    return dice.weighted(weights)


def _latin_name(territory: str, dice: Dice) -> str:
    local = words()["territories"][territory]
    name = f"{dice.choice(local['surnames'])} {dice.choice(local['trades'])}"
    return name + _form("latin_forms", dice)


def _company(name: str, chinese: bool, territory: str, dice: Dice) -> Company:
    local = words()["territories"][territory]
    town = dice.choices(local["towns"], [town["weight"] for town in local["towns"]])[0]
    street, number = dice.choice(local["streets"]), dice.randint(1, 180)
    return Company(
        name=name,
        chinese=chinese,
        kind=dice.weighted(words()["chinese_types" if chinese else "latin_types"]),
        phone=_phone(territory, dice),
        address=f"{town['name']}市{street}{number}号"
        if territory == EAST
        else f"{street} {number}, {town['name']}",
        town=town["name"],
        latitude=round(town["latitude"] + dice.gauss(0, 0.025), 5),
        longitude=round(town["longitude"] + dice.gauss(0, 0.035), 5),
    )


def _phone(territory: str, dice: Dice) -> str:
    # Numbers that nobody has: Germany reserves these for films and books; in China no number starts with 100.
    digits = dice.randint(0, 999)
    if territory == EAST:
        return f"+86 100 {dice.randint(0, 9999):04} {dice.randint(0, 9999):04}"
    return f"+49 40 66969{digits:03}" if territory == NORTH else f"+49 89 99998{digits:03}"
