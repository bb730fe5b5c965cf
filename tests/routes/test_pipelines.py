"""Pipelines as an admin sets them: what is wrong is said beside its field, no opportunity is left nowhere."""

import re
from typing import Any

import pytest

from server.database import Database
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline, pipelines
from tests.cast import Cast
from tests.routes.conftest import Browser
from tests.routes.test_pipeline import Add, add

__all__ = ["add"]

ADDRESS = f"/pipelines/{DEFAULT_PIPELINE}"


def filled_in(page: str) -> dict[str, Any]:
    """The form as the browser would send it untouched."""
    form: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]+>", page):
        given = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        name = given.get("name", "")
        if given.get("type") != "checkbox":
            form[name] = given.get("value", "")
        elif " checked" in tag:
            form.setdefault(name, []).append(given["value"])
    return form


def stages(database: Database, pipeline_id: str = DEFAULT_PIPELINE) -> list[dict[str, Any]]:
    with database.reading() as session:
        return session.get_one(Pipeline, pipeline_id).stages


def error(page: str, name: str) -> str:
    found = re.search(rf'id="{name}-error">.*?<span>([^<]+)</span>', page)
    return found[1] if found else ""


def test_saving_it_untouched_changes_nothing(screens: Browser, cast: Cast, database: Database) -> None:
    dora, before = screens(cast.dora), stages(database)
    answer = dora.post(ADDRESS, filled_in(dora.get(ADDRESS).text))
    assert answer.headers["location"] == f"{ADDRESS}?done=saved"
    assert stages(database) == before


def test_stages_are_named_ordered_and_given_their_rules(
    screens: Browser, cast: Cast, database: Database
) -> None:
    dora = screens(cast.dora)
    form = filled_in(dora.get(ADDRESS).text)
    form |= {"name_1": "Called once", "position_1": "35", "probability_1": "45", "stuck_after_days_1": ""}
    form |= {"required_1": ["closing_date", "approval"], "skip_1": [], "name_8": "Trial", "position_8": "42"}
    dora.post(ADDRESS, form)
    kept = stages(database)
    assert [stage["name"] or stage["key"] for stage in kept] == [
        "lead", "needs_confirmed", "Called once", "quote", "Trial", "contract", "payment", "won", "lost",
    ]  # fmt: skip
    called = kept[2]
    assert (called["key"], called["probability"], called["stuck_after_days"]) == ("first_contact", 45, None)
    assert (called["required"], called["skip"], called["back"]) == (["closing_date", "approval"], False, True)
    assert kept[4]["key"] not in ("new", "Trial")
    page = screens(cast.alice).get("/pipeline").text
    assert page.index("Called once") < page.index("Trial")


def test_a_stage_may_ask_for_a_quote_of_at_most_a_discount(
    screens: Browser, cast: Cast, database: Database
) -> None:
    dora = screens(cast.dora)
    asked = {"required_4": ["quote"], "most_discount_percent_4": "15"}
    dora.post(ADDRESS, filled_in(dora.get(ADDRESS).text) | asked)
    contract = stages(database)[4]
    assert (contract["key"], contract["required"], contract["most_discount_percent"]) == (
        "contract",
        ["quote"],
        15,
    )
    dora.post(ADDRESS, filled_in(dora.get(ADDRESS).text) | {"most_discount_percent_4": ""})
    assert "most_discount_percent" not in stages(database)[4]


WRONG = [
    ({"most_discount_percent_4": "101"}, "most_discount_percent_4", "This must be at most 100."),
    ({"probability_1": "101"}, "probability_1", "This must be at most 100."),
    ({"probability_1": "often"}, "probability_1", "This must be a number."),
    ({"stuck_after_days_2": "0"}, "stuck_after_days_2", "This must be at least 1."),
    ({"position_0": ""}, "position_0", "This is needed."),
    ({"name_3": "x" * 61}, "name_3", "At most 60 characters, please."),
    ({"name_3": "Contract"}, "name_4", "There is already one of this name."),
    ({"name_8": "lead"}, "name_8", "There is already one of this name."),
    ({f"remove_{number}": "yes" for number in range(6)}, "name", "A pipeline needs a stage to begin with."),
]


@pytest.mark.parametrize(("typed", "field", "sentence"), WRONG, ids=[field for _, field, _ in WRONG])
def test_what_is_wrong_is_said_beside_its_field_and_the_typing_is_kept(
    screens: Browser, cast: Cast, database: Database, typed: dict[str, str], field: str, sentence: str
) -> None:
    dora, before = screens(cast.dora), stages(database)
    answer = dora.post(ADDRESS, filled_in(dora.get(ADDRESS).text) | typed)
    assert answer.status_code == 422
    assert error(answer.text, field) == sentence
    kept = filled_in(answer.text)
    assert all(kept[name] in (value, [value]) for name, value in typed.items())
    assert stages(database) == before


def test_a_stage_with_opportunities_does_not_go_before_one_says_where_they_go(
    screens: Browser, cast: Cast, database: Database, add: Add
) -> None:
    (sale,) = add(cast.alice, stage="quote")
    dora = screens(cast.dora)
    form = filled_in(dora.get(ADDRESS).text) | {"remove_3": "yes"}
    answer = dora.post(ADDRESS, form)
    assert (answer.status_code, error(answer.text, "moves_to_3")) == (
        422, "Opportunities stand here (1). Say where they go.",
    )  # fmt: skip
    assert error(dora.post(ADDRESS, form | {"moves_to_3": "quote"}).text, "moves_to_3")
    assert dora.post(ADDRESS, form | {"moves_to_3": "contract"}).status_code == 303
    with database.reading() as session:
        moved = session.get_one(Opportunity, sale)
    assert (moved.stage, moved.moves[-1]["from"], moved.moves[-1]["by"]) == (
        "contract",
        "quote",
        cast.dora.id,
    )
    assert "quote" not in {stage["key"] for stage in stages(database)}


def test_what_another_admin_added_meanwhile_stays(screens: Browser, cast: Cast, database: Database) -> None:
    dora = screens(cast.dora)
    form = filled_in(dora.get(ADDRESS).text)
    dora.post(ADDRESS, form | {"name_8": "Trial", "position_8": "42"})
    dora.post(ADDRESS, form | {"probability_0": "11"})
    assert (
        next(stage["name"] for stage in stages(database) if stage["name"]),
        stages(database)[0]["probability"],
    ) == ("Trial", 11)


def test_there_may_be_several_and_one_that_is_not_used_is_retired(
    screens: Browser, cast: Cast, database: Database, add: Add
) -> None:
    dora = screens(cast.dora)
    assert error(dora.post("/pipelines", {"name": " "}).text, "name") == "This is needed."
    dora.post("/pipelines", {"name": "Service"})
    with database.reading() as session:
        _, service = pipelines(session)
    (sale,) = add(cast.alice, pipeline_id=service.id, stage="quote")
    refused = dora.post(f"/pipelines/{service.id}/retire")
    assert refused.status_code == 422
    assert "Opportunities are still open in it (1). Win or lose them first." in refused.text
    with database.writing() as session:
        session.get_one(Opportunity, sale).stage = "won"
    assert dora.post(f"/pipelines/{service.id}/retire").status_code == 303
    assert "Service" not in screens(cast.alice).get("/pipeline").text
    dora.post(f"/pipelines/{service.id}/reopen")
    assert "Service" in screens(cast.alice).get("/pipeline").text


def test_two_pipelines_do_not_have_one_name(screens: Browser, cast: Cast, database: Database) -> None:
    dora = screens(cast.dora)
    assert dora.post("/pipelines", {"name": "Service"}).status_code == 303
    for taken in ("service", "Sales"):
        answer = dora.post("/pipelines", {"name": taken})
        assert (answer.status_code, error(answer.text, "name")) == (422, "There is already one of this name.")
        assert f'value="{taken}"' in answer.text
    form = filled_in(dora.get(ADDRESS).text) | {"name": "SERVICE"}
    assert error(dora.post(ADDRESS, form).text, "name") == "There is already one of this name."
    with database.reading() as session:
        _, service = pipelines(session)
    path = f"/pipelines/{service.id}"
    assert dora.post(path, filled_in(dora.get(path).text) | {"name": "SERVICE"}).status_code == 303


def test_phones_hear_of_it(screens: Browser, cast: Cast, database: Database) -> None:
    dora, alice = screens(cast.dora), screens(cast.alice)
    asked = f"/sync/pull?device_id={new_id()}"
    cursor = alice.get(asked).json()["cursor"]
    dora.post(ADDRESS, filled_in(dora.get(ADDRESS).text) | {"probability_0": "12"})
    (op,) = alice.get(f"{asked}&cursor={cursor}").json()["ops"]
    assert (op["collection"], op["row"]["stages"][0]["probability"]) == ("pipelines", 12)
