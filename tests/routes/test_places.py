"""Where a team works."""

from server.models.user import User
from tests.cast import Cast
from tests.routes.doorstep import Doorstep


def test_a_team_moves_to_another_territory_with_its_people(doorstep: Doorstep, cast: Cast) -> None:
    dora, path = doorstep.signed_in(cast.dora.email), f"/people/teams/{cast.team.id}"
    assert f'<option value="{cast.north.id}" selected>' in dora.get(path).text
    for gone in ("", "nothing", cast.team.id):
        wrong = dora.post(path, data={"name": "Harbour", "territory_id": gone})
        assert (wrong.status_code, 'id="territory_id-error"' in wrong.text) == (422, True), gone
    assert dora.post(path, data={"name": "Docks", "territory_id": cast.south.id}).status_code == 303
    assert "Docks · South" in dora.get("/people").text
    with doorstep.database.reading() as session:
        assert {session.get_one(User, one.id).territory_id for one in (cast.alice, cast.mei)} == {
            cast.south.id
        }
        assert session.get_one(User, cast.charlie.id).team_id is None
