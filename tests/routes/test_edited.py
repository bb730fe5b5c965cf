"""Forms of the server alone that two people have open at once."""

import re

from litestar import Litestar
from sqlmodel import select

from server.database import Database
from server.models.product import Product
from server.models.user import User
from tests.cast import Cast
from tests.routes.around import Visitor
from tests.routes.doorstep import Doorstep


def seen_in(page: str) -> str:
    return re.findall(r'name="seen" value="([^"]+)"', page)[0]


def test_what_a_colleague_saved_meanwhile_is_written_over_by_nobody_unseen(
    doorstep: Doorstep, cast: Cast
) -> None:
    dora, path = doorstep.signed_in(cast.dora.email), f"/people/{cast.alice.id}"
    form = {"name": "Alice", "email": cast.alice.email, "role": "rep", "team_id": cast.team.id}
    earlier = {"seen": seen_in(dora.get(path).text)}
    assert dora.post(path, data={**form, **earlier, "weekly_visits": "5"}).status_code == 303
    assert dora.post(path, data={**form, **earlier, "weekly_visits": "5"}).status_code == 303, "tapped twice"
    mine = {**form, "name": "Alice B.", "role": "manager", "weekly_visits": "20"}
    wrong = dora.post(path, data={**mine, **earlier, "email": "none"}).text
    assert seen_in(wrong) == earlier["seen"], "what is wrong with it is no look at what was saved"
    refused = dora.post(path, data={**mine, **earlier})
    assert refused.status_code == 422
    assert "Somebody changed this in the meantime" in refused.text
    for told in ("Saved now: 5", "Saved now: Alice<", "Saved now: Sales rep"):
        assert told in refused.text
    assert 'value="20"' in refused.text, "what was typed is there"
    with doorstep.database.reading() as session:
        assert session.get_one(User, cast.alice.id).weekly_visits == 5
    assert dora.post(path, data={**mine, "seen": seen_in(refused.text)}).status_code == 303
    with doorstep.database.reading() as session:
        assert session.get_one(User, cast.alice.id).weekly_visits == 20


def test_a_colleagues_price_is_written_over_by_nobody_unseen(
    app: Litestar, database: Database, cast: Cast
) -> None:
    mei = Visitor(app, database, cast.mei).client
    form = {"name": "Grinder", "code": "GR-1", "price_cents": "900", "currency": "EUR", "price.Café": "840"}
    mei.post("/products", data=form)
    path = f"/products/{sold(database).id}"
    earlier = {"seen": seen_in(mei.get(path).text)}
    theirs = {**form, **earlier, "price_cents": "950", "price.Café": ""}
    for _ in range(2):
        assert mei.post(path, data=theirs).status_code == 303, "a second tap changes nothing"
    refused = mei.post(path, data={**form, **earlier, "stock_quantity": "4"})
    assert (refused.status_code, sold(database).price_cents) == (422, 95_000)
    for told in ("Somebody changed this in the meantime", "Saved now: 950", "Saved now: nothing"):
        assert told in refused.text
    again = {**form, "stock_quantity": "4", "seen": seen_in(refused.text)}
    assert mei.post(path, data=again).status_code == 303
    assert (sold(database).price_cents, sold(database).stock_quantity) == (90_000, 4)


def sold(database: Database) -> Product:
    with database.reading() as session:
        return session.exec(select(Product)).one()
