"""More about the demo's customers: calls between visits, more contacts, custom fields, likings and comparisons.

Each has dice of its own, so that all else stays as it was.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from server.demo.cast import COMPETITORS, Person
from server.demo.customers import Account, contact
from server.demo.dice import Dice
from server.demo.talk import language
from server.models.custom_field import CustomField
from server.models.customer import find_anew
from server.models.visit import Visit
from server.models.visit_kind import Kind

KINDS = {Kind.CALL: 6, Kind.MESSAGE: 3, Kind.EMAIL: 3, Kind.MEETING: 1}
FIELDS = (("Machines 设备数", "number", ()), ("Supplier today 现供应商", "choice", COMPETITORS))


def calls(
    person: Person, visits: Sequence[Visit], accounts: Sequence[Account], dice: Dice
) -> Iterator[Visit]:
    """Calls and messages, each between two visits to the same customer, so that the last touch remains a visit."""
    names = {made.customer.id: made.contacts for made in accounts}
    done = defaultdict(list)
    for visit in sorted(
        (visit for visit in visits if visit.started_at), key=lambda visit: str(visit.started_at)
    ):
        done[visit.customer_id].append(visit)
    for customer_id, seen in done.items():
        for before, after in pairwise(seen):
            assert before.started_at is not None  # noqa: S101  (they are done)
            assert after.started_at is not None  # noqa: S101
            at = before.started_at + (after.started_at - before.started_at) * dice.uniform(0.15, 0.85)
            at = _by_day(at, person.time_zone, dice)
            if dice.chance(0.45) and before.started_at < at < after.started_at:
                yield _call(person, before, at, dice.choice(names[customer_id]).id, dice)


def _by_day(at: datetime, time_zone: str, dice: Dice) -> datetime:
    local = at.astimezone(ZoneInfo(time_zone)).replace(hour=dice.randint(9, 16), microsecond=0)
    return local.astimezone(UTC)


def _call(person: Person, visit: Visit, at: datetime, contact_id: str, dice: Dice) -> Visit:
    kind = dice.weighted(KINDS)
    return Visit(
        id=dice.id_at(at),
        customer_id=visit.customer_id,
        author_id=visit.author_id,
        kind=kind,
        started_at=at,
        ended_at=at + timedelta(minutes=dice.randint(2, 25)),
        outcome=dice.choice((None, None, "interested", "not_now")),
        note=dice.choice(language(person.writes_chinese).between[kind]) if dice.chance(0.8) else None,
        contact_ids=[contact_id],
        created_at=at + timedelta(minutes=30),
    )


def lengthen_chain(made: Account, dice: Dice) -> None:
    """Gives some customers further contacts who report to the first one."""
    if made.contacts and dice.chance(0.3):
        top = made.contacts[0]
        second = contact(made, "influences", top.id, dice)
        made.contacts += [second, contact(made, "uses", second.id, dice)]
        if dice.chance(0.4):
            made.contacts.append(contact(made, "blocks", top.id, dice))


def own_fields(now: datetime, dice: Dice) -> list[CustomField]:
    made_at = now - timedelta(days=300)
    return [
        CustomField(id=dice.id_at(made_at), name=name, kind=kind, choices=list(choices), created_at=made_at)
        for name, kind, choices in FIELDS
    ]


def say_more(made: Account, fields: Sequence[CustomField], dice: Dice) -> None:
    machines, supplier = fields
    told = {machines.id: str(dice.randint(2, 60))} if dice.chance(0.7) else {}
    told |= {supplier.id: dice.choice(COMPETITORS)} if dice.chance(0.5) else {}
    made.customer.custom = told
    find_anew(made.customer)


PRODUCTS_LIKED = {
    False: ("Shaft seal 40 mm", "Hydraulic seal kit 2.1", "Food-grade seal"),
    True: ("机械密封 MS-20 V2.0", "液压油封", "氟胶密封圈"),
}
TIMES_LIKED = {
    False: ("Tue to Thu before 11", "Fridays", "After 14:00"),
    True: ("周二至周四上午", "周五", "下午两点后"),
}
COMPARED = {
    False: (
        ("4 percent cheaper, two weeks slower", ("cheaper", "slow delivery")),
        ("Their rep comes every month", ("close",)),
    ),
    True: (("便宜百分之四，交货慢两周", ("价格低", "交货慢")), ("对方业务每月都来", ("关系近",))),
}


def like_and_compare(made: Account, writes_chinese: bool, product_ids: Mapping[str, str], dice: Dice) -> None:
    if dice.chance(0.6):
        first = dice.choice(PRODUCTS_LIKED[writes_chinese])
        made.customer.preferred_product_ids = [product_ids[first]]
    if dice.chance(0.4):
        made.customer.preferred_times = dice.choice(TIMES_LIKED[writes_chinese])
    if dice.chance(0.5):
        note, tags = dice.choice(COMPARED[writes_chinese])
        made.customer.comparisons = {dice.choice(COMPETITORS): {"note": note, "tags": list(tags)}}
