"""How often what stands somewhere is won, counted by hand; and where a month and a quarter land."""

import random
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from server.days import start_of
from server.forecast.blend import HORIZON
from server.forecast.conversion import LIKE_ALL, LIKE_ITS_STAGE, Measuring, Rates
from server.forecast.methods import Series
from server.forecast.outlook import Forecasting, Outlook, SalesOf
from server.forecast.reading import Facts, Open, months_until
from server.forecast.tracks import Cell, tracks_of
from server.forecast.won import Won
from tests.forecast.histories import Stood, Track, histories_of

TODAY = date(2026, 11, 16)  # a Monday, with half of November's working days to come


def month(number: int, day: int = 1) -> datetime:
    return datetime(2026, number, day, tzinfo=UTC)


def track(created: datetime, *stands: Stood, won_at: datetime | None = None, **more: object) -> Track:
    told: dict[str, object] = {"owner_id": "a", "territory_id": "n", "currency": "EUR", "cents": 1_000}
    return Track(**{**told, **more}, pipeline_id="p", created_at=created, stands=stands, won_at=won_at)  # type: ignore[arg-type]


MOMENTS = [month(number) for number in range(1, 7)]
# Two stood at `quote` when February began: one was won in it, one not until April. A third was lost in March.
TRACKS = [
    track(month(1, 5), Stood("quote", month(1, 5), month(2, 10)), won_at=month(2, 10)),
    track(month(1, 5), Stood("quote", month(1, 5), month(4, 10)), won_at=month(4, 10)),
    track(month(2, 20), Stood("lead", month(2, 20), month(3, 10))),
]


def measuring(tracks: list[Track], moments: list[datetime]) -> Measuring:
    return Measuring(tracks_of(histories_of(tracks), moments), HORIZON)


def rates_after(tracks: list[Track], months: int) -> Rates:
    return measuring(tracks, MOMENTS[: months + 1]).rates


def share_of(rates: Rates, cell: Cell) -> float:
    """That is won in the next month."""
    return float(rates.shares[0, rates.tracks.number_of(cell)])


def paths_of(tracks: list[Track], moments: list[datetime]) -> Series:
    return measuring(tracks, moments).paths(np.full(len(tracks), True))[0]


def cells_at(one: Track, moments: list[datetime]) -> list[tuple[datetime, int]]:
    """When it stood, and for how long as a number of its age; there is one stage in it."""
    found = tracks_of(histories_of([one]), moments)
    return [(moments[month], int(cell)) for month, cell in zip(found.month, found.cell, strict=True)]


def test_where_it_stood_and_for_how_long() -> None:
    looked_at = [month(1), month(1, 6), month(2), month(3)]
    assert cells_at(TRACKS[0], looked_at) == [(month(1, 6), 0), (month(2), 1)]
    for days, age in ((0, 0), (13, 0), (14, 1), (44, 1), (45, 2), (119, 2), (120, 3), (999, 3)):
        since = month(1) - timedelta(days=days)
        assert cells_at(track(since, Stood("quote", since, None)), [month(1)]) == [(month(1), age)]


def test_what_goes_on_at_once_stands_at_the_later_stage() -> None:
    both = track(month(1, 5), Stood("lead", month(1, 5), month(2)), Stood("quote", month(2), None))
    found = tracks_of(histories_of([both]), MOMENTS)
    assert found.month.tolist() == [1, 2, 3, 4, 5]
    assert (found.cell // 4).tolist() == [found.stages["p", "quote"]] * 5


def test_shares_are_counted_from_what_was_known() -> None:
    assert not rates_after(TRACKS, 1).are_known
    # After February: of two that stood at its beginning one was won in the month after it.
    everything = 1 / 2
    at_quote = (1 + LIKE_ALL * everything) / (2 + LIKE_ALL)
    at_quote_for_weeks = (1 + LIKE_ITS_STAGE * at_quote) / (2 + LIKE_ITS_STAGE)
    assert share_of(rates_after(TRACKS, 2), ("p", "quote", 1)) == pytest.approx(at_quote_for_weeks)
    counted = measuring(TRACKS, MOMENTS)
    won, stood = counted.won.sum(axis=2), counted.stood.sum(axis=2)
    # In the third month after it: nobody knew in March, all knew when April was over.
    assert won[3, 2] == 0
    assert won[4].tolist() == [2, 1, 1]
    assert stood[4].tolist() == [5, 4, 2]  # at the beginnings until April, until March, until February
    assert share_of(rates_after(TRACKS, 4), ("p", "unheard of", 3)) == pytest.approx(2 / 5)


def test_paths_know_nothing_of_what_comes_after() -> None:
    dice = random.Random(3)
    tracks = [made for _ in range(300) if (made := _any(dice))]
    cut = month(7)
    before = [one for one in tracks if one.created_at < cut]
    moments = [datetime(2025, number, 1, tzinfo=UTC) for number in range(1, 13)] + [
        month(number) for number in range(1, 13)
    ]
    at = moments.index(cut)
    whole, then = paths_of(tracks, moments), paths_of([_as_of(one, cut) for one in before], moments)
    assert np.isfinite(whole[at]).all()
    assert whole[: at + 1] == pytest.approx(then[: at + 1], nan_ok=True)


def _any(dice: random.Random) -> Track:
    created = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(
        days=dice.randint(0, 690), hours=dice.randint(1, 22)
    )
    quote = created + timedelta(days=dice.randint(1, 60))
    over = quote + timedelta(days=dice.randint(1, 90))
    won_at = over if dice.random() < 0.5 else None
    return track(
        created,
        Stood("lead", created, quote),
        Stood("quote", quote, over),
        won_at=won_at,
        cents=dice.randint(1, 999),
    )


def _as_of(one: Track, moment: datetime) -> Track:
    """As it was known then."""
    stands = tuple(
        stood._replace(until=stood.until if stood.until and stood.until < moment else None)
        for stood in one.stands
        if stood.since < moment
    )
    won_at = one.won_at if one.won_at and one.won_at < moment else None
    return one._replace(stands=stands, won_at=won_at)


def facts(won: list[Won], standing: list[Open] | None = None, tracks: list[Track] | None = None) -> Facts:
    months = months_until(TODAY)
    moments = [start_of(first, "Europe/Berlin") for first in months]
    return Facts(months, moments, won, standing or [], histories_of(tracks or []), 0)


def sold(cents: list[int], currency: str = "EUR", owner: str = "a", territory: str | None = "n") -> list[Won]:
    """The last one is of this month."""
    last = len(months_until(TODAY)) - 1
    return [
        Won(last - back, owner, territory, currency, 1, one)
        for back, one in enumerate(reversed(cents))
        if one
    ]


def outlook(of_facts: Facts, currency: str = "EUR", of: SalesOf | None = None) -> Outlook:
    return Forecasting(of_facts, TODAY).outlook(of or SalesOf(), currency)


def test_an_empty_company_has_nothing_to_go_on() -> None:
    found = outlook(facts([]))
    assert found.is_empty
    assert (found.quarter.middle, found.months) == (0, [])
    standing = [Open("a", "n", "EUR", 3, 900, ("p", "quote", 0))]
    assert outlook(facts([], standing)).is_empty  # nothing says how often such is won


def test_what_never_changes_goes_on_and_what_is_won_already_is_the_least() -> None:
    found = outlook(facts(sold([100_000] * 40 + [80_000])))
    assert found.method
    assert found.history_share == 1
    left = 11 / 21  # working days of November
    assert found.month.middle == pytest.approx(80_000 + left * 100_000, rel=0.01)
    assert found.quarter.middle == pytest.approx(180_000 + (left + 1) * 100_000, rel=0.01)
    assert found.month.low is not None
    assert found.month.low >= 80_000
    assert found.won_in_quarter == 180_000
    assert found.accuracy
    assert found.accuracy.relative_error == pytest.approx(0, abs=0.02)


def test_a_short_history_says_so_and_the_pipeline_speaks_alone() -> None:
    tracks = [_any(random.Random(number)) for number in range(200)]
    standing = [Open("a", "n", "EUR", 4, 400_000, ("p", "quote", 0))]
    found = outlook(facts(sold([5_000, 9_000, 0]), standing, tracks))
    assert (found.method, found.history_share, found.months_known) == ("", 0, 2)
    assert not found.is_empty
    assert found.month.middle > 0
    assert found.month.low is not None
    assert found.month.high is not None
    assert found.month.low < found.month.middle < found.month.high


def test_other_money_is_another_forecast() -> None:
    both = facts([*sold([100_000] * 30), *sold([7] * 30, "CNY")])
    assert outlook(both, "CNY") == outlook(facts(sold([7] * 30, "CNY")), "CNY")
    assert Forecasting(both, TODAY).currencies_of(SalesOf()) == ["CNY", "EUR"]
    assert Forecasting(both, TODAY).won_in_quarter(SalesOf()) == {"CNY": 14, "EUR": 200_000}


def test_a_rep_and_a_territory_are_foreseen_from_their_own() -> None:
    both = facts([*sold([100_000] * 30), *sold([500] * 30, owner="b", territory="s")])
    alone = facts(sold([500] * 30, owner="b", territory="s"))
    assert outlook(both, of=SalesOf(owner_id="b", home="s")) == outlook(alone)
    assert outlook(both, of=SalesOf(territory_id="s", home="s")) == outlook(alone)


@pytest.mark.parametrize(
    "cents",
    [
        [10**17] * 30,
        [-5_000, 3_000] * 15,
        [0] * 30 + [1],
        [1] + [0] * 30,
        [10**15, 0, 0, 0, 0, 1, -(10**15)] * 5,
    ],
)
def test_odd_amounts_make_whole_cents(cents: list[int]) -> None:
    found = outlook(facts(sold(cents)))
    for span in (found.month, found.quarter, *(one for _, one in found.ahead)):
        assert isinstance(span.middle, int)
        assert span.low is None or span.high is None or span.low <= max(span.middle, span.high)


def test_the_quarter_ends_where_it_ends() -> None:
    for today, after in (
        (date(2026, 10, 1), 2),
        (date(2026, 11, 30), 1),
        (date(2026, 12, 31), 0),
        (date(2027, 1, 4), 2),
    ):
        assert Forecasting(facts([]), today).months_after == after
    assert Forecasting(facts([]), date(2026, 10, 31)).left_of_month == 0  # a Saturday
    assert Forecasting(facts([]), date(2026, 10, 1)).left_of_month == 1
