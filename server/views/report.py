"""The weekly report, made from what happened: a rep's own week, or that of a leader's team. Every line links to what
it is about. Rendered by the server only.
"""

from collections.abc import Container, Sequence
from typing import Any, Final

from sqlmodel import Session

from server import words
from server.forecast.won import Won, by_currency
from server.funnel.moves import BACK, ON, way
from server.models import weekly_report
from server.models.pipeline import Pipeline, pipelines
from server.models.user import User
from server.pipeline.rulebook import stage_name
from server.translations import Translator
from server.views import activity
from server.views.activity import Holidays
from server.views.figures import number, told
from server.views.folding import Folded, first_of, needy_first
from server.views.labels import ACTIVITIES, OUTCOMES, said
from server.views.ranking import rankings
from server.views.reader import joined
from server.views.report_asked import ReportAsked, managers_below
from server.views.report_facts import Facts, Sale, facts, week_of
from server.views.rows import first_line
from server.views.team_reps import LAGS, MOST_LATE, visits_due

Line = dict[str, Any]
MOST_LINES: Final = 10  # of a section or a ranking; further ones are folded


def report(session: Session, asked: ReportAsked, typed: str | None = None, error: str = "") -> dict[str, Any]:
    """`typed`, `error`: an edited text that was refused, and why."""
    reader, t = asked.reader, asked.reader.t
    all_pipelines = pipelines(session)
    found = facts(session, asked.team, all_pipelines, asked.monday)
    led, holidays = ([asked.rep], {}) if asked.rep else activity.reps_and_holidays(session, asked.team)
    have_sent = weekly_report.authors_of_week(session, asked.monday)
    sections = [one for one in _sections(asked, found, led, all_pipelines) if one["rows"]]
    sent = weekly_report.sent_by(session, asked.author.id, asked.monday)
    ranked = rankings(session, reader, asked.monday, all_pipelines, asked.ranked_href) if asked.is_own else []
    given = typed if typed is not None else sent.text if sent else _in_words(asked, sections)
    return {
        "title": t("Weekly report") if asked.is_own else asked.author.name,
        "week": asked.days,
        "earlier_href": asked.href(weeks=-1),
        "later_href": asked.href(weeks=1) if asked.is_over else "",
        "is_running": not asked.is_over,
        "back": _back(asked),
        "sections": [{**one, **first_of(t, one["rows"], MOST_LINES)} for one in sections],
        "managers": _managers(session, asked, have_sent),
        "reps": {} if asked.rep else _reps(asked, found, led, holidays, have_sent),
        "rankings": [_folded(asked, one) for one in ranked],
        "action": asked.href(),
        "text": {
            "name": "text",
            "label": t("In your words"),
            "value": given,
            "error": error,
            "focus": bool(error),
        },
        "readers": ", ".join(one.name for one in weekly_report.read_by(session, asked.author)),
        "may_send": asked.is_own and weekly_report.writes(reader.user),
        "sent": t("Sent on: %(when)s", when=reader.moment(sent.sent_at)) if sent else "",
        "sent_text": sent.text if sent and not asked.is_own else "",
    }


def _back(asked: ReportAsked) -> Line:
    t = asked.reader.t
    if not asked.is_own:
        return {"href": f"/report/{asked.monday}", "text": t("Weekly report")}
    return {"href": "/more", "text": t("More")} if asked.rep else {"href": "/team", "text": t("Team")}


def _sections(
    asked: ReportAsked, found: Facts, led: Sequence[User], all_pipelines: Sequence[Pipeline]
) -> list[dict[str, Any]]:
    t = asked.reader.t
    stages = {pipeline.id: pipeline.stages for pipeline in all_pipelines}
    lost = [_sale(sale, joined(sale[0].lost_reason, sale[0].competitor)) for sale in found.lost]
    moved: dict[str, list[Line]] = {ON: [], BACK: []}
    for sale in found.moved:
        of_it = stages.get(sale[0].pipeline_id, [])
        last = sale[0].moves[-1]["from"] if sale[0].moves else ""
        moved[way(of_it, last, sale[0].stage)].append(_sale(sale, stage_name(t, of_it, sale[0].stage)))
    parts = {
        t("What was done"): _done(asked, found, led),
        t("Won"): [*_sums(asked, found), *(_sale(sale) for sale in found.won)],
        t("Lost"): lost,
        t("Moved on"): moved[ON],
        t("Went back"): moved[BACK],
        t("Promises"): _promises(asked, found),
        t("The week after"): [*_plans(asked, found), *_closing(asked, found)],
    }
    return [{"title": title, "rows": rows} for title, rows in parts.items()]


def _line(text: str, detail: str = "", href: str = "") -> Line:
    return {"text": text, "detail": detail, "href": href, "numbers": []}


def _done(asked: ReportAsked, found: Facts, led: Sequence[User]) -> list[Line]:
    reader, t, done = asked.reader, asked.reader.t, found.done
    if not done.by_kind:
        return [_line(t("No visit, call or message was logged."))]
    others = {kind: done.of(kind) for kind in ACTIVITIES if kind != "visit"}
    numbers = told(
        number(t.n("%(n)s customer", "%(n)s customers", done.customers), asked.list_href("customers")),
        *(
            number(t("%(what)s: %(n)s", what=said(t, ACTIVITIES, kind), n=count), asked.list_href(kind))
            for kind, count in others.items()
            if count
        ),
    )
    visits = joined(
        t.n("%(n)s visit", "%(n)s visits", done.of("visit")),
        t("%(plan)s planned", plan=sum(one.weekly_visits for one in led)),
    )
    detail = joined(*(one["text"] for one in numbers))
    summed = {**_line(visits, detail, asked.list_href("visit")), "name": visits, "numbers": numbers}
    new = [
        _line(t("New: %(name)s", name=customer.name), customer.region or "", f"/customers/{customer.id}")
        for customer in found.new
    ]
    each = [
        _line(
            customer.name,
            joined(
                words.weekday(reader.day_of(visit.started_at), t.locale) if visit.started_at else "",
                said(t, ACTIVITIES, visit.kind),
                said(t, OUTCOMES, visit.outcome),
                first_line(visit.note),
            ),
            f"/customers/{customer.id}",
        )
        for visit, customer in found.activities
    ]
    return [summed, *new, *each]


def _sale(sale: Sale, more: str = "") -> Line:
    row, customer = sale
    amount = words.money(row.amount_cents, row.currency) if row.amount_cents else ""
    return _line(joined(row.name, amount), joined(customer.name, more), f"/opportunities/{row.id}")


def _sums(asked: ReportAsked, found: Facts) -> list[Line]:
    if len(found.won) < 2:
        return []
    together = asked.reader.t("Together: %(amounts)s", amounts=_amounts(found.sums, asked.reader.t))
    return [_line(together, "", asked.list_href("won"))]


def _amounts(sums: Sequence[Won], t: Translator) -> str:
    return t(", ").join(words.money(cents, currency) for currency, cents in by_currency(sums).items())


def _promises(asked: ReportAsked, found: Facts) -> list[Line]:
    t, kept, late = asked.reader.t, found.kept, found.late.total()
    told = []
    if kept:
        text = t.n("%(n)s promise kept", "%(n)s promises kept", kept)
        told.append(_line(text, "", asked.list_href("kept")))
    if late:
        text = t.n("%(n)s promise is late", "%(n)s promises are late", late)
        is_reps_own = asked.is_own and asked.rep is not None  # reps have no Team
        told.append(_line(text, "", "/today" if is_reps_own else asked.late_href()))
    return told


def _plans(asked: ReportAsked, found: Facts) -> list[Line]:
    t, planned, due = asked.reader.t, found.planned_count, found.due_count
    if asked.rep is None:
        plans = t.n("%(n)s visit planned", "%(n)s visits planned", planned)
        dues = t.n("%(n)s promise due", "%(n)s promises due", due)
        counted = ((planned, plans, "planned"), (due, dues, "due"))
        return [_line(text, "", asked.list_href(what)) for count, text, what in counted if count]
    dated = [
        *(
            (visit.planned_on, customer, joined(t("Visit planned"), visit.planned_time))
            for visit, customer in found.planned
            if visit.planned_on
        ),
        *((row.due_on, customer, joined(t("Promised"), first_line(row.note))) for row, customer in found.due),
    ]
    return [
        _line(customer.name, joined(words.weekday_and_date(day, t.locale), what), f"/customers/{customer.id}")
        for day, customer, what in sorted(dated, key=lambda one: one[0])
    ]


def _closing(asked: ReportAsked, found: Facts) -> list[Line]:
    t = asked.reader.t
    return [
        _sale(sale, t("expected to close: %(day)s", day=words.weekday_and_date(day, t.locale)))
        for sale in found.closing
        if (day := sale[0].expected_close_on)
    ]


def _folded(asked: ReportAsked, ranking: Line) -> Line:
    """The ranking, folded after MOST_LINES; the reader's own place is always shown."""
    groups = []
    for rows in ranking["groups"]:
        first, rest = rows[:MOST_LINES], rows[MOST_LINES:]
        own = [row for row in rest if row["rep_id"] == asked.reader.user.id]
        others = [row for row in rest if row not in own]
        groups.append(first_of(asked.reader.t, [*first, *own, *others], MOST_LINES + len(own)))
    return {**ranking, "groups": groups}


def _managers(session: Session, asked: ReportAsked, have_sent: Container[str]) -> Folded:
    below = managers_below(session, asked.reader) if asked.is_own else []
    return first_of(asked.reader.t, [_person(asked, one, have_sent) for one in below], MOST_LINES)


def _person(asked: ReportAsked, one: User, have_sent: Container[str]) -> Line:
    """A link to somebody's report, and whether they have sent it."""
    is_sent = one.id in have_sent
    return {
        "id": one.id,
        "name": one.name,
        "initial": words.initial(one.name),
        "href": asked.href(one.id),
        "numbers": [],
        "tag": asked.reader.t("sent on") if is_sent else "",
        "tag_kind": "ok" if is_sent else "",
    }


def _reps(
    asked: ReportAsked, found: Facts, led: Sequence[User], holidays: Holidays, have_sent: Container[str]
) -> Folded:
    """The reps, each with a link to their report; those with nothing unusual are folded."""
    rows = _rows(asked, found, led, have_sent)
    needy = {rep.id for rep in led if _needs_a_word(asked, found, rep, holidays)}
    return needy_first(
        asked.reader.t,
        [row for row in rows if row["id"] in needy],
        [row for row in rows if row["id"] not in needy],
    )


def _needs_a_word(asked: ReportAsked, found: Facts, rep: User, holidays: Holidays) -> bool:
    due = visits_due(rep, week_of(asked.monday), asked.reader, holidays)
    lags = asked.is_over and found.done.of("visit", rep.id) < LAGS * due
    return lags or found.late[rep.id] >= MOST_LATE


def _rows(asked: ReportAsked, found: Facts, led: Sequence[User], have_sent: Container[str]) -> list[Line]:
    t = asked.reader.t
    won = {rep.id: [one for one in found.sums if one.owner_id == rep.id] for rep in led}
    return [
        {
            **_person(asked, rep, have_sent),
            "numbers": told(
                number(
                    t(
                        "%(done)s of %(plan)s visits",
                        done=found.done.of("visit", rep.id),
                        plan=rep.weekly_visits,
                    ),
                    asked.list_href("visit", rep.id),
                ),
                number(
                    t("won %(amounts)s", amounts=_amounts(won[rep.id], t)) if won[rep.id] else "",
                    asked.list_href("won", rep.id),
                ),
                number(
                    t.n("%(n)s late follow-up", "%(n)s late follow-ups", found.late[rep.id])
                    if found.late[rep.id]
                    else "",
                    asked.late_href(rep.id),
                ),
            ),
        }
        for rep in led
    ]


def _in_words(asked: ReportAsked, sections: Sequence[dict[str, Any]]) -> str:
    """The report as plain text, for sending it on."""
    title = asked.reader.t("%(name)s, %(days)s", name=asked.author.name, days=asked.days)
    parts = [
        "\n".join([section["title"], *(f"- {joined(row['text'], row['detail'])}" for row in section["rows"])])
        for section in sections
    ]
    return "\n\n".join([title, *parts])[: weekly_report.LONGEST]
