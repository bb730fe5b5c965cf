"""The pages of people, territories and teams, for admins. Rendered by the server only."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlmodel import Session, select

from server import words
from server.account_form import AccountForm
from server.edited import marked
from server.models import account, handing_over, place_kept, workspace
from server.models.customer import Customer
from server.models.user import WEEKLY_VISITS, Role, User
from server.models.workspace import Team, Territory
from server.translations import Translator, msgid
from server.views.form import Errors, Typed, options_of
from server.views.labels import DEPARTMENTS, ROLES, options, said
from server.views.reader import Reader, joined

TERRITORIES: Final = "/people/territories"
TEAMS: Final = "/people/teams"
TERRITORY: Final = "territory_id"
DONE: Final = {
    "person": msgid("Saved"),
    "territory": msgid("Territory added"),
    "team": msgid("Team added"),
    "removed": msgid("Removed"),
    "handed_over": msgid("Customers handed over"),
    "handed_over_in_part": msgid("Many are handed over. Do it again for the rest."),
    "deactivated": msgid("Signed out everywhere, and can no longer sign in"),
    "reactivated": msgid("Can sign in again"),
    "signed_out": msgid("Signed out there"),
    "password": msgid("Password changed. Other devices have to sign in anew."),
}
NEW_PERSON: Final[Typed] = {"role": [Role.REP], "weekly_visits": [str(WEEKLY_VISITS)]}


def people(
    session: Session, reader: Reader, typed: Typed | None = None, errors: Errors | None = None
) -> dict[str, Any]:
    t = reader.t
    territories = {territory.id: territory.name for territory in workspace.territories(session)}
    teams = workspace.teams(session)
    named = {team.id: team.name for team in teams}
    form = AccountForm(t, typed or {}, errors or {})
    everybody = account.everybody(session)
    return {
        "title": t("People"),
        "is_alone": len(everybody) == 1,
        "has_customers": session.exec(select(Customer.id).limit(1)).first() is not None,
        "people": [_row(reader, user, territories, named) for user in everybody],
        "territories": [_place(TERRITORIES, key, name) for key, name in territories.items()],
        "teams": [
            _place(TEAMS, team.id, joined(team.name, territories[team.territory_id])) for team in teams
        ],
        "new_territory": form.field("territory", t("New territory")),
        "new_team": form.field("team", t("New team")),
        "team_territory": form.choices(
            "team_territory",
            t("In the territory"),
            options_of(territories.items(), form.value("team_territory")),
        ),
    }


def _place(path: str, key: str, name: str) -> dict[str, str]:
    return {"href": f"{path}/{key}", "name": name}


def place(
    session: Session,
    reader: Reader,
    path: str,
    one: Territory | Team,
    typed: Typed | None = None,
    errors: Errors | None = None,
) -> dict[str, Any]:
    """The page to rename a territory or a team, and to remove it if nothing belongs to it."""
    t = reader.t
    needed = (
        t("Once no person, team, customer, document, alert or quota belongs to it, it can be removed here.")
        if path == TERRITORIES
        else t("Once nobody is in it, it can be removed here.")
    )
    kept = {"name": [one.name], TERRITORY: [one.territory_id] if isinstance(one, Team) else []}
    form = AccountForm(t, {**kept, **(typed or {})}, errors or {})
    return {
        "title": one.name,
        "action": f"{path}/{one.id}",
        "name": form.field("name", t("Name")),
        "territory": _of_team(session, form, t) if isinstance(one, Team) else {},
        "needed": needed if place_kept.is_needed(session, one) else "",
    }


def _of_team(session: Session, form: AccountForm, t: Translator) -> dict[str, Any]:
    names = {one.id: one.name for one in workspace.territories(session)}
    return {
        **form.choices(TERRITORY, t("Territory"), options_of(names.items(), form.value(TERRITORY))),
        "hint": t("Its people go along. Their customers stay in the territory where they are."),
    }


def _row(
    reader: Reader, user: User, territories: Mapping[str, str], teams: Mapping[str, str]
) -> dict[str, Any]:
    territory, team = territories.get(user.territory_id or ""), teams.get(user.team_id or "")
    return {
        "href": f"/people/{user.id}",
        "initial": words.initial(user.name),
        "name": user.name,
        "detail": joined(said(reader.t, ROLES, user.role), territory, team, user.email),
        "tag": reader.t("Deactivated") if user.deactivated_at else "",
    }


def person(
    session: Session,
    reader: Reader,
    user: User | None,
    typed: Typed | None,
    errors: Errors,
    refused: str = "",
) -> dict[str, Any]:
    t = reader.t
    form = AccountForm(t, typed or (typed_of(user) if user else NEW_PERSON), errors, refused)
    territories, teams = workspace.territories(session), workspace.teams(session)
    held = handing_over.count_of(session, handing_over.held_by(user.id)) if user else 0
    takers = handing_over.who_may_have_them(session, user.id) if user and held else []
    view = {
        "title": user.name if user else t("New person"),
        "action": f"/people/{user.id}" if user else "/people",
        "is_new": user is None,
        "is_active": user is None or user.deactivated_at is None,
        "is_oneself": user is not None and user.id == reader.user.id,
        "refused": form.refused,
        "name": form.field("name", t("Full name")),
        "email": form.field("email", t("Email")),
        "role": form.choices("role", t("Role"), options(t, ROLES, form.value("role"))),
        "team": choice(form, "team_id", t("Team"), t("No team"), teams),
        "territory": choice(form, "territory_id", t("Territory"), t("No territory"), territories),
        "department": form.choices(
            "department",
            t("Department"),
            options(t, DEPARTMENTS, form.value("department"), t("All departments")),
        ),
        "weekly_visits": form.field("weekly_visits", t("Visits planned for a week")),
        "held": t.n("Looks after %(n)s customer.", "Looks after %(n)s customers.", held) if held else "",
        "taker": choice(form, "taker", t("Hand them over to"), t("Please choose"), takers),
    }
    return marked(form, view, typed_of(user)) if user else {**view, "seen": ""}


def choice(form: AccountForm, name: str, label: str, none: str, rows: Sequence[Any]) -> dict[str, Any]:
    named = [("", none), *((row.id, row.name) for row in rows)]
    return form.choices(name, label, options_of(named, form.value(name)))


def typed_of(user: User) -> Typed:
    kept = {
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "team_id": user.team_id,
        "department": user.department,
        "territory_id": user.territory_id,
        "weekly_visits": str(user.weekly_visits),
    }
    return {name: [value or ""] for name, value in kept.items()}
