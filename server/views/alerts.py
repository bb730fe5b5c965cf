"""The pages of alerts: which ones hold, how far the others are from their limit, and the form."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import String, cast
from sqlmodel import Session, col, select

from server import forms
from server.account_form import AccountForm, check, said
from server.alerts.kind import AlertKind
from server.alerts.kinds import KINDS
from server.alerts.watching import Watched, numbers_of, question_of
from server.models.alert import MOST_ALERTS, Alert
from server.models.customer import Customer
from server.models.visit import Visit
from server.questions.asking import Asking
from server.questions.dimensions import ALWAYS, SEEN
from server.questions.rows_behind import rows_behind
from server.translations import msgid
from server.views.acting import Acting
from server.views.form import Typed, options_of
from server.views.question_rows import row_of
from server.views.reader import Reader, joined
from server.views.rows import offset_of
from server.views.team_lists import PAGE

PATH: Final = "/team/alerts"
DONE: Final = {"saved": msgid("Saved. You will hear of it when it is so."), "deleted": msgid("Deleted")}
FULL: Final = msgid("You have %(max)s alerts. Delete one that you do not need.")
LABELS: Final = {
    "competitor": msgid("Competitor"),
    "stage": msgid("Stage"),
    "days": msgid("Days"),
    "percent": msgid("Percentage"),
    "points": msgid("Percentage points"),
}
HINTS: Final = {
    ("stuck", "days"): msgid("Left empty: as long as each stage allows."),
    ("quiet", "days"): msgid("Nobody was in touch, and it was not moved, for more than this many days."),
    ("behind", "points"): msgid(
        "How far the share of the quota won is behind the share of the working days gone."
    ),
    ("orders_less", "percent"): msgid("This much less than usual, in any currency."),
    ("orders_less", "days"): msgid(
        "This many days, compared with the four times as many before. Whoever ordered fewer than three times in those "
        "is left out."
    ),
    ("discount", "percent"): msgid("More than this much below the list price, over the whole quote."),
    ("discount", "days"): msgid("Sent within this many days, today included."),
    ("competitor", "days"): msgid("Within this many days, today included."),
}
COMPETITORS_DAYS: Final = 365
MOST_COMPETITORS: Final = 50


def alerts_page(session: Session, reader: Reader, alerts: Sequence[Alert]) -> dict[str, Any]:
    t, places = reader.t, {one.id: one.name for one in Asking(session, reader).territories}
    watched = numbers_of(session, alerts, {reader.user.id: reader})
    rows = [_row(one, places, reader) for one in sorted(watched, key=lambda one: not one.is_so)]
    return {
        "title": t("Alerts"),
        "rows": rows,
        "kinds": [{"href": f"{PATH}/new?kind={kind.name}", "text": t(kind.label)} for kind in KINDS.values()],
        "full": t(FULL, max=MOST_ALERTS) if len(alerts) >= MOST_ALERTS else "",
    }


def _row(one: Watched, places: Mapping[str, str], reader: Reader) -> dict[str, str]:
    alert, kind = one.alert, KINDS[one.alert.kind]
    return {
        "href": f"{PATH}/{alert.id}",
        "name": kind.said(reader.t, alert.terms, one.number),
        "detail": joined(places.get(alert.territory_id or "", ""), kind.limit_said(reader.t, alert.terms)),
        "tag": reader.t("Holds now") if one.is_so else "",
    }


def alert_page(
    session: Session, reader: Reader, alert: Alert, query: Mapping[str, str], here: str
) -> dict[str, Any]:
    """One alert: its sentence, and the list of rows behind its number."""
    asking, offset = Asking(session, reader), offset_of(query)
    acting = Acting(reader, asking.reps, here)
    [one] = numbers_of(session, [alert], {reader.user.id: reader})
    places = {territory.id: territory.name for territory in asking.territories}
    question = question_of(alert, asking, rows=True)
    found = rows_behind(question, offset, PAGE + 1)
    row = _row(one, places, reader)
    return {
        "title": row["name"],
        "line": row["detail"],
        "back_href": PATH,
        "back_text": reader.t("Alerts"),
        "empty": reader.t("Nothing of it now."),
        "action": f"{PATH}/{alert.id}",
        "edit_href": f"{PATH}/{alert.id}/edit",
        "rows": [row_of(question, behind, acting) for behind in found[:PAGE]],
        "more_href": f"{PATH}/{alert.id}?offset={offset + PAGE}" if len(found) > PAGE else "",
        **acting.done(query),
    }


def alert_form(
    session: Session,
    reader: Reader,
    kind: AlertKind,
    alert: Alert | None,
    form: AccountForm | None,
) -> dict[str, Any]:
    asking, t = Asking(session, reader), reader.t
    usual = {name: [str(value)] for name, value in kind.usual.items()}
    shown = form or AccountForm(t, _typed(alert) if alert else usual)
    fields = [_field(shown, kind, name, asking) for name in kind.specs]
    if len(asking.territories) > 1:
        pairs = [("", t("All territories")), *((one.id, one.name) for one in asking.territories)]
        fields.append({**_choice(shown, "territory_id", t("Territory"), pairs), "type": "choice", "hint": ""})
    return {
        "title": t(kind.label),
        "kind": kind.name,
        "action": f"{PATH}/{alert.id}/edit" if alert else PATH,
        "back_href": f"{PATH}/{alert.id}" if alert else PATH,
        "fields": fields,
        "known_competitors": _competitors(session, asking) if "competitor" in kind.specs else [],
        "refused": shown.refused,
    }


def _typed(alert: Alert) -> Typed:
    kept = {**alert.terms, "territory_id": alert.territory_id}
    return {name: [str(value)] for name, value in kept.items() if value is not None}


def _field(form: AccountForm, kind: AlertKind, name: str, asking: Asking) -> dict[str, Any]:
    t = form.t
    hint = t(HINTS[kind.name, name]) if (kind.name, name) in HINTS else ""
    if name == "stage":
        return {**_choice(form, name, t(LABELS[name]), stages_of(asking)), "type": "choice", "hint": hint}
    label = t(kind.limit_label) if name == "limit" else t(LABELS[name])
    made = form.field(name, label) if kind.specs[name].required else form.optional(name, label)
    return {**made, "type": "text" if name == "competitor" else "number", "hint": hint}


def _choice(form: AccountForm, name: str, label: str, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return form.choices(name, label, options_of(pairs, form.value(name)))


def stages_of(asking: Asking) -> Sequence[tuple[str, str]]:
    stage = next(one for one in ALWAYS if one.name == "stage")
    return stage.choices(asking)


def _competitors(session: Session, asking: Asking) -> list[str]:
    since = asking.reader.start_of(asking.reader.in_days(-COMPETITORS_DAYS))
    name = cast(SEEN.c.value, String)
    query = select(name).select_from(Visit).join(Customer, col(Customer.id) == col(Visit.customer_id))
    query = query.where(asking.sees, col(Visit.started_at) >= since).distinct()
    return sorted(session.exec(query))[:MOST_COMPETITORS]


def check_alert(asking: Asking, kind: AlertKind, typed: Typed) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values to store, and the errors by field."""
    given = {name: list(values) for name, values in typed.items()}
    terms, errors = check(kind.specs, given)
    place = forms.value(typed, "territory_id")
    if place and place not in {one.id for one in asking.territories}:
        errors["territory_id"] = said(UNKNOWN)
    if terms.get("stage"):
        if terms["stage"] not in dict(stages_of(asking)):
            errors["stage"] = said(UNKNOWN)
        terms["stage_name"] = _own_name(asking, terms["stage"])
    return {"terms": terms, "territory_id": place or None}, errors


UNKNOWN: Final = msgid("Please choose one of the list.")


def _own_name(asking: Asking, stage: str) -> str:
    """The name that an admin gave a stage; "" for built-in stages, which are translated."""
    pipeline_id, _, key = stage.partition(":")
    names = {
        (pipeline.id, one["key"]): one["name"]
        for pipeline in asking.company.pipelines
        for one in pipeline.stages
    }
    return str(names.get((pipeline_id, key), ""))
