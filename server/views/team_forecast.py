"""The forecast of month and quarter, its past accuracy, and the amount still to be won. Rendered by the server only."""

from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session

from server import words
from server.forecast.outlook import Outlook, Range
from server.models.pipeline import pipelines
from server.translations import msgid
from server.views.amounts import about
from server.views.figures import Number, figure, number, told
from server.views.forecast_chart import chart
from server.views.quotas import quarter_name
from server.views.reader import joined
from server.views.sales_lists import OPEN, WON, open_href
from server.views.team_asked import TeamAsked, won_href
from server.views.team_sales import Sales, Whose

METHODS: Final = {
    "seasonal_naive": msgid("as in the same month a year ago"),
    "holt_winters": msgid("level, trend and seasons, smoothed"),
    "multiplicative": msgid("level, trend and seasons, smoothed, growing by shares"),
    "damped_trend": msgid("level and trend, smoothed"),
    "croston": msgid("how much at a time, and how seldom"),
}
MOST_ROWS: Final = 50


def forecast_figure(sales: Sales) -> dict[str, Any]:
    """The forecast's figure on Team, for each currency by itself."""
    asked, whose = sales.asked, sales.asked_for
    t, names = asked.reader.t, list(whose.targets) or sales.forecasting.currencies_of(whose.of)
    each = [found for name in names if not (found := sales.outlook(whose, name)).is_empty]
    is_measured = any(found.quarter.low is not None for found in each)
    numbers = [about(found.quarter.middle, found.currency, t.locale) for found in each]
    measured = t("this quarter; 8 in 10 land in between") if is_measured else t("this quarter")
    return figure(
        t("Forecast"),
        joined(*numbers) or "–",
        joined(*dict.fromkeys(span_of(found, found.quarter, sales) for found in each))
        or t("nothing to go on yet"),
        asked.href(OPEN),
        number(measured if each else "", ""),
        page=asked.href("/team/forecast"),
    )


def span_of(found: Outlook, span: Range, sales: Sales) -> str:
    t = sales.asked.reader.t
    if span.low is None or span.high is None:
        return t("too early to say how far off it may be")
    low, high = (about(cents, found.currency, t.locale) for cents in (span.low, span.high))
    return f"{low} – {high}"


def forecast_page(session: Session, asked: TeamAsked) -> dict[str, Any]:
    sales, t = Sales(session, asked, pipelines(session)), asked.reader.t
    whose = sales.asked_for
    known = sales.forecasting.currencies_of(whose.of)
    currency = asked.currency if asked.currency in {*known, *whose.targets} else sales.currency(whose)
    found = sales.outlook(whose, currency)
    target = whose.targets.get(currency)
    groups = _groups(sales, asked.currency if asked.currency == currency else "")
    is_divided = any(len(group["rows"]) > 1 for group in groups)
    apart = t(
        "Each is foreseen from its own past. Added up they come to a different amount from all of it at once."
    )
    return {
        "title": joined(t("Forecast"), whose.name),
        "line": joined(asked.of_what, quarter_name(sales.starts_on)),
        "back_href": asked.href(),
        "currencies": _currencies(asked, known, currency),
        "figures": _figures(sales, found, target),
        "is_empty": found.is_empty,
        "sentences": []
        if found.is_empty
        else [*_trust(sales, found), *_origin(sales, found), *_open(sales, whose, found)],
        "chart": chart(asked, found, target, sales.starts_on),
        "groups": groups,
        "apart": apart if is_divided and not found.is_empty else "",
        "quota_href": asked.href("/team/quota"),
    }


def _currencies(asked: TeamAsked, known: Sequence[str], chosen: str) -> list[dict[str, Any]]:
    if len(known) < 2:
        return []
    return [
        {"text": name, "href": asked.href("/team/forecast", currency=name), "chosen": name == chosen}
        for name in known
    ]


def _figures(sales: Sales, found: Outlook, target: int | None) -> list[dict[str, Any]]:
    t, locale, currency = sales.asked.reader.t, sales.asked.reader.locale, found.currency
    if found.is_empty:
        return []
    shown = [
        (t("This month"), found.month, found.won_in_month, f"{sales.today:%Y-%m}"),
        (t("This quarter"), found.quarter, found.won_in_quarter, ""),
    ]
    return [
        *(
            figure(
                label,
                about(span.middle, currency, locale),
                span_of(found, span, sales),
                open_href(sales.asked, currency),
                number(
                    t("%(amount)s won so far", amount=words.money(cents, currency)),
                    won_href(sales.asked, currency, month),
                ),
            )
            for label, span, cents, month in shown
        ),
        _to_win(sales, found, target),
    ]


def _to_win(sales: Sales, found: Outlook, target: int | None) -> dict[str, Any]:
    """The amount that the quota still requires, and that for each working day left."""
    reader, t = sales.asked.reader, sales.asked.reader.t
    label, href = t("Still to win for the quota"), open_href(sales.asked, found.currency)
    if target is None:
        why = t("Quotas are for all that is sold.") if sales.asked.part else t("No quota is set.")
        return figure(label, "–", why, href)
    open_cents = target - found.won_in_quarter
    if open_cents <= 0:
        return figure(label, "0", t("The quota is reached."), href)
    by_day = open_cents // max(sales.days_left, 1)
    gap = found.quarter.middle - target
    money = about(abs(gap), found.currency, reader.locale)
    return figure(
        label,
        about(open_cents, found.currency, reader.locale),
        t(
            "by %(day)s: %(amount)s each working day",
            day=words.short_date(sales.ends_on, sales.today, reader.locale),
            amount=about(by_day, found.currency, reader.locale),
        ),
        href,
        number(
            t("the forecast is %(amount)s above the quota", amount=money)
            if gap >= 0
            else t("the forecast is %(amount)s short of the quota", amount=money),
            href,
        ),
    )


def _trust(sales: Sales, found: Outlook) -> list[Number]:
    """The accuracy of forecasts as they would have been made at the beginning of each past month."""
    t, past = sales.asked.reader.t, found.accuracy
    if past is None:
        return [number(t("There are too few past months to say how far off this may be."), "")]
    sentences, href = [], _past_href(sales, found, past.months)
    if past.relative_error is not None:
        off = t(
            "Over the last %(months)s months this was off by %(share)s%% on average, a month ahead.",
            months=past.months,
            share=round(100 * past.relative_error),
        )
        sentences.append(number(off, href))
    if past.intervals:
        held = t(
            "Of the last %(all)s ranges %(held)s held what came; 8 in 10 should.",
            all=past.intervals,
            held=past.held,
        )
        sentences.append(number(held, _past_href(sales, found, past.intervals)))
    return sentences


def _past_href(sales: Sales, found: Outlook, months: int) -> str:
    """The list of what was won in the latest `months` that are over."""
    those = [f"{month:%Y-%m}" for month, _ in found.months[-months:]]
    return won_href(sales.asked, found.currency, those[-1], those[0]) if those else ""


def _origin(sales: Sales, found: Outlook) -> list[Number]:
    t = sales.asked.reader.t
    if not found.method:
        short = (
            t.n(
                "Only %(n)s month since the first sale is over: too short a history.",
                "Only %(n)s months since the first sale are over: too short a history.",
                found.months_known,
            )
            if found.months_known
            else t("No month since the first sale is over yet: too short a history.")
        )
        alone = (
            t("This is what the pipeline says alone.")
            if found.knows_pipeline
            else t("Nothing in the pipeline can be measured yet: this is what is won so far.")
        )
        return [number(short, _past_href(sales, found, found.months_known)), number(alone, "")]
    history_share = round(100 * found.history_share) if found.knows_pipeline else 100
    method, href = t(METHODS[found.method]), _past_href(sales, found, found.months_known)
    if history_share == 100:
        alone = t("Made of the past alone (%(method)s), which did better than the pipeline.", method=method)
        return [number(alone, href)]
    return [
        number(
            t(
                "Made of the past (%(method)s), %(history)s%%, and the pipeline, %(pipeline)s%%, "
                "by how well each did so far.",
                method=method,
                history=history_share,
                pipeline=100 - history_share,
            ),
            href,
        ),
        number(
            t(
                "The pipeline counts by how often opportunities that stood at a stage for as long were won, "
                "not by the probability set for the stage."
            ),
            "",
        ),
    ]


def _open(sales: Sales, whose: Whose, found: Outlook) -> list[Number]:
    """The number and amount of open opportunities, with a link to their list."""
    count, cents = sales.forecasting.open_now(whose.of, found.currency)
    said = sales.asked.reader.t.n(
        "%(n)s opportunity is open, for %(amount)s.",
        "%(n)s opportunities are open, for %(amount)s together.",
        count,
        amount=words.money(cents, found.currency),
    )
    return [number(said, open_href(sales.asked, found.currency))] if count else []


def _groups(sales: Sales, currency: str) -> list[dict[str, Any]]:
    """The outlooks of reps or territories, in the chosen currency or else each in its own."""
    asked, t = sales.asked, sales.asked.reader.t
    if asked.rep:
        return []
    found = [(t("Reps"), sales.reps[:MOST_ROWS])]
    if not asked.territory_id and len(sales.territories) > 1:
        found.insert(0, (t("Territories"), [sales.of_territory(one) for one in sales.territories]))
    return [
        {"title": title, "rows": [_row(sales, whose, currency) for whose in group]}
        for title, group in found
        if group
    ]


def _row(sales: Sales, whose: Whose, currency: str) -> dict[str, Any]:
    t, found = sales.asked.reader.t, sales.outlook(whose, currency)
    target = whose.targets.get(found.currency)
    is_short = target is not None and found.quarter.middle < target
    tone = "late" if is_short else "ok" if target else ""
    won = about(found.won_in_quarter, found.currency, t.locale)
    against = (
        t("%(won)s of %(quota)s", won=won, quota=about(target, found.currency, t.locale)) if target else ""
    )
    foreseen = about(found.quarter.middle, found.currency, t.locale), span_of(found, found.quarter, sales)
    return {
        "name": whose.name,
        "initial": words.initial(whose.name),
        "href": sales.asked.href("/team/forecast", currency=currency, **whose.href_of),
        "detail": t("Nothing to go on yet") if found.is_empty else "",
        "numbers": told(
            number(
                "" if found.is_empty else joined(*foreseen),
                open_href(sales.asked, found.currency, **whose.href_of),
                tone,
            ),
            number(
                t("%(amount)s won so far", amount=against or won) if against or found.won_in_quarter else "",
                sales.asked.href(WON, currency=found.currency, **whose.href_of),
            ),
        ),
    }
