"""What was won is in the span in which it was won, to the microsecond, however many spans there are."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import true

from server.database import Database
from server.forecast.won import won_between
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.pipeline import pipelines
from tests.cast import NOW, Cast

TICK = timedelta(microseconds=1)


def test_each_sale_is_in_its_span(database: Database, cast: Cast) -> None:
    moments = [NOW + timedelta(days=number**2) for number in range(10)]
    customer = Customer(
        id=new_id(), name="Seals", sort_key="seals", owner_id=cast.alice.id, territory_id=cast.north.id,
        created_at=NOW,
    )  # fmt: skip
    won = [moment + after for moment in moments for after in (-TICK, timedelta(0), TICK)]
    with database.writing() as session:
        session.add(customer)
        session.flush()
        session.add_all(
            Opportunity(id=new_id(), customer_id=customer.id, owner_id=cast.alice.id, name="", stage="won",
                        amount_cents=1, currency="EUR", created_at=NOW, stage_since=at, moves=[])
            for at in won
        )  # fmt: skip
    with database.reading() as session:
        for last in range(1, len(moments)):
            found = won_between(session, pipelines(session), moments[: last + 1], true())
            assert {one.span: one.number for one in found} == Counter(
                sum(1 for begins in moments if begins <= at) - 1
                for at in won
                if moments[0] <= at < moments[last]
            )
