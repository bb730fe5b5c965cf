"""An answer as bars, a line over time or a heat map; every number links to the list behind it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from server import words
from server.questions.answering import Answer, Keys, Question
from server.questions.definition import Definition
from server.questions.dimension import Dimension
from server.questions.measures import Measure
from server.questions.periods import PERIODS
from server.translations import Translator, msgid
from server.views.reader import Reader, joined
from server.views.team_charts import SHADES

LIST: Final = "/team/questions/list"
MOST_ROWS: Final = 50
MOST_COLUMNS: Final = 53  # the weeks of a year
MOST_PLAIN_COLUMNS: Final = 12
WIDTH, HEIGHT = 1000, 240
CUT: Final = msgid("There are too many groups to show. Narrow it down.")
LEFT_OUT: Final = msgid(
    "%(currency)s: %(n)s of %(all)s order lines are left out, as they have no cost in this currency."
)
IN_SEVERAL: Final = msgid("One that has several is counted in each of them. The whole counts each once.")

Cells = Mapping[Keys, int]


def title_of(question: Question) -> str:
    t, measure = question.asking.reader.t, question.asking.reader.t(question.measure.label)
    by = [within_a_sentence(dimension, t) for dimension in question.by]
    if len(by) == 2:
        return t("%(measure)s by %(first)s and %(second)s", measure=measure, first=by[0], second=by[1])
    return t("%(measure)s by %(first)s", measure=measure, first=by[0]) if by else measure


def within_a_sentence(dimension: Dimension, t: Translator) -> str:
    said = dimension.title(t)
    return (
        said[:1].lower() + said[1:] if said.isascii() and not dimension.name.startswith("custom.") else said
    )


def line_of(question: Question) -> str:
    """The line below the title: the period and the filters."""
    t, definition = question.asking.reader.t, question.definition
    reader, between = question.asking.reader, question.between
    period = t("As it stands now") if question.measure.is_now else t(PERIODS[definition.period])
    if between is not None:
        days = (words.short_date(day, reader.today, reader.locale) for day in (between.first, between.last))
        period = " – ".join(days)
    only = [
        t(", ").join(_named(question.dimensions[name], question, values).values())
        for name, values in definition.only.items()
    ]
    return joined(period, *only)


def _named(dimension: Dimension, question: Question, keys: Sequence[str]) -> dict[str, str]:
    said = dimension.said(question.asking, [key for key in keys if key])
    return {key: said.get(key, key) if key else dimension.none(question.asking) for key in keys}


def answer_view(answer: Answer, most: int = MOST_ROWS) -> dict[str, Any]:
    """`most`: rows of each table, except that of a line chart."""
    question, reader = answer.question, answer.question.asking.reader
    is_shown = question.by and answer.has_greatest
    return {
        "title": title_of(question),
        "line": line_of(question),
        "hint": reader.t(question.measure.hint) if question.measure.hint else "",
        "totals": [
            {
                "text": value_text(told, currency, question.measure, reader),
                "href": href_to(question, {}, currency),
            }
            for currency, told in ((one, answer.totals[one]) for one in answer.currencies)
        ],
        "blocks": [_block(answer, currency, most) for currency in answer.currencies] if is_shown else [],
        "is_empty": not any(answer.totals.values()),
        "left_out": [*left_out(answer), *_in_several(question)],
        "cut": reader.t(CUT) if answer.is_cut else "",
    }


def _in_several(question: Question) -> list[str]:
    """Sentences that explain why groups do not add up to the total."""
    is_so = any(one.overlaps(question.measure) for one in question.by)
    return [question.asking.reader.t(IN_SEVERAL)] if is_so else []


def left_out(answer: Answer) -> list[str]:
    t = answer.question.asking.reader.t
    return [
        t(LEFT_OUT, currency=currency, n=few, all=whole) for currency, (few, whole) in answer.left_out.items()
    ]


def _block(answer: Answer, currency: str, most: int) -> dict[str, Any]:
    question, cells = answer.question, answer.cells.get(currency, {})
    by = question.by
    if len(by) == 2:
        return {"kind": "heat", "currency": currency, **_heat(answer, currency, cells, most)}
    rows = _rows(question, by[0], cells, currency)
    shown = {
        "currency": currency,
        "head": by[0].title(question.asking.reader.t),
        "measure": _measure(question),
    }
    if by[0].is_time and not question.measure.is_now:
        return {"kind": "line", **shown, "rows": rows, "chart": _line(rows)}
    return {"kind": "bars", **shown, "rows": rows[:most], "more": _more(len(rows), most, question)}


def _measure(question: Question) -> str:
    return question.asking.reader.t(question.measure.label)


def _more(count: int, most: int, question: Question) -> str:
    t = question.asking.reader.t
    return t("The first %(n)s of %(all)s are shown.", n=most, all=count) if count > most else ""


def _rows(question: Question, dimension: Dimension, cells: Cells, currency: str) -> list[dict[str, Any]]:
    values = {keys[0]: told for keys, told in cells.items()}
    keys = ordered(dimension, question, values)
    names, most = _named(dimension, question, keys), max(values.values(), default=0)
    return [
        {
            "name": names[key],
            "value": values.get(key, _nothing(question.measure)),
            "text": cell_text(values.get(key), currency, question),
            "href": href_to(question, {dimension.name: key}, currency),
            "bar": max(100 * values.get(key, 0) // most, 0) if most > 0 else 0,
        }
        for key in keys
    ]


def _nothing(measure: Measure) -> int | None:
    return 0 if measure.is_sum else None


def cell_text(told: int | None, currency: str, question: Question) -> str:
    told = _nothing(question.measure) if told is None else told
    return "–" if told is None else value_text(told, currency, question.measure, question.asking.reader)


def value_text(told: int, currency: str, measure: Measure, reader: Reader) -> str:
    if measure.unit == "money":
        return words.money(told, currency)
    if measure.unit == "percent":
        return f"{told}%"
    if measure.unit == "quantity":
        return f"{words.quantity(told)} {currency}".strip()
    return words.days(told, reader.locale) if measure.unit == "days" else words.quantity(told)


def href_to(question: Question, cell: Mapping[str, str], currency: str = "") -> str:
    """The list behind a number. `currency`: that of the number, or its unit."""
    narrowed = question.definition.narrowed(**cell)
    return listed(narrowed, currency if question.measure.unit == "money" else "")


def listed(definition: Definition, currency: str, *more: tuple[str, str]) -> str:
    return definition.href(LIST, *([("currency", currency)] if currency else []), *more)


def ordered(dimension: Dimension, question: Question, values: Mapping[str, int]) -> list[str]:
    """The keys to show: all those of a time, in order; others in the dimension's order or, if it has none, the greatest
    first."""
    if dimension.is_time and question.measure.is_now:
        return sorted(values, key=lambda key: (not key, key))
    order = dimension.order(question.asking, question.span)
    if order is None:
        return sorted(values, key=lambda key: (-values[key], key))
    known = [key for key in order if dimension.is_time or key in values]
    return known + sorted(values.keys() - set(order))


def _line(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A line chart; a missing value is a gap."""
    values = [row["value"] for row in rows]
    most = max((value for value in values if value is not None), default=0)
    path, is_drawn = [], False
    for number, value in enumerate(values):
        if value is None:
            is_drawn = False
            continue
        x = WIDTH * number // max(len(values) - 1, 1)
        y = HEIGHT - (HEIGHT * max(value, 0) // most if most > 0 else 0)
        path.append(f"L{x} {y}" if is_drawn else f"M{x} {y}h0")
        is_drawn = True
    top = next((row["text"] for row in rows if row["value"] == most), "")
    return {"path": "".join(path), "top": top, "first": rows[0]["name"], "last": rows[-1]["name"]}


def _begun(columns: list[str], place: int, cells: Cells) -> list[str]:
    """Drops the times before the first one with a value."""
    met = {keys[place] for keys, told in cells.items() if told}
    first = next((number for number, key in enumerate(columns) if key in met), 0)
    return columns[first:]


def _heat(answer: Answer, currency: str, cells: Cells, most_rows: int) -> dict[str, Any]:
    """A heat map; time, if it is one dimension, runs to the right."""
    question, by = answer.question, answer.question.by
    down, across = (1, 0) if by[0].is_time else (0, 1)
    rows, columns = (_by_sum(question, place, cells) for place in (down, across))
    if by[across].is_time and not question.measure.is_now:
        columns = _begun(columns, across, cells)
        shown = columns[-(MOST_COLUMNS if most_rows == MOST_ROWS else most_rows) :]
        beyond = msgid("The last %(n)s columns of %(all)s are shown.")
    else:
        shown = columns[: min(MOST_PLAIN_COLUMNS, most_rows)]
        beyond = msgid("The first %(n)s columns of %(all)s are shown.")
    is_all, of = len(shown) == len(columns), {"n": len(shown), "all": len(columns)}
    beside, columns = "" if is_all else question.asking.reader.t(beyond, **of), shown
    names = [_named(by[place], question, keys) for place, keys in ((down, rows), (across, columns))]
    told = [value for value in cells.values() if value > 0]
    least, most = min(told, default=0), max(told, default=0)
    return {
        "head": by[down].title(question.asking.reader.t),
        "measure": _measure(question),
        "columns": [names[1][key] for key in columns],
        "rows": [
            {
                "name": names[0][row],
                "cells": [
                    {
                        "text": cell_text(cells[keys], currency, question) if cells.get(keys) else "–",
                        "href": href_to(
                            question, dict(zip(question.definition.by, keys, strict=True)), currency
                        ),
                        "shade": _shade(cells.get(keys, 0), least, most),
                    }
                    for keys in ((row, column) if down == 0 else (column, row) for column in columns)
                ],
            }
            for row in rows[:most_rows]
        ],
        "more": " ".join(filter(None, (_more(len(rows), most_rows, question), beside))),
    }


def _by_sum(question: Question, place: int, cells: Cells) -> list[str]:
    sums: dict[str, int] = {}
    for keys, told in cells.items():
        sums[keys[place]] = sums.get(keys[place], 0) + told
    return ordered(question.by[place], question, sums)


def _shade(told: int, least: int, most: int) -> int:
    if told <= 0:
        return 0
    return SHADES if most == least else 1 + (SHADES - 1) * (told - least) // (most - least)


def sheet_of(answer: Answer) -> list[list[Any]]:
    """The whole answer as the rows of a spreadsheet: one for each group and currency."""
    question, t = answer.question, answer.question.asking.reader.t
    is_money, apart = question.measure.unit == "money", question.measure.unit_column() is not None
    labels = [dimension.title(t) for dimension in question.by]
    told_in = f"{_measure(question)} (%)" if question.measure.unit == "percent" else _measure(question)
    rows: list[list[Any]] = [
        [*labels, *([t("Currency") if is_money else t("Unit")] if apart else []), told_in]
    ]
    if answer.is_cut:
        return [*rows, [t(CUT)]]
    for currency in answer.currencies:
        coin, cells = [currency] if apart else [], answer.cells.get(currency, {})
        names = [
            _named(dimension, question, [keys[place] for keys in cells])
            for place, dimension in enumerate(question.by)
        ]
        found = cells if question.by else {(): answer.totals[currency]}
        rows += [
            [
                *(names[place][key] for place, key in enumerate(keys)),
                *coin,
                Decimal(told) / 100 if is_money else told,
            ]
            for keys, told in sorted(found.items())
        ]
    return [*rows, *([sentence] for sentence in (*left_out(answer), *_in_several(question)))]
