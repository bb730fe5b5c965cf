"""The customers of one rep of the demo, with contacts and tags."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.demo.cast import TAGS, TAGS_ZH
from server.demo.companies import Company
from server.demo.dice import Dice
from server.demo.talk import person_name
from server.models.contact import Contact
from server.models.customer import Customer, CustomerTag, found_by
from server.models.opportunity import Opportunity

LIFECYCLES = {"active": 45, "prospect": 25, "lead": 17, "dormant": 8, "lost": 5}
CADENCES = {21: 3, 30: 10, 45: 4, 60: 3}


@dataclass
class Account:
    """A customer with all that hangs off it."""

    customer: Customer
    chinese: bool
    contacts: list[Contact] = field(default_factory=list)
    tags: list[CustomerTag] = field(default_factory=list)
    opportunities: list[Opportunity] = field(default_factory=list)


def account(
    company: Company, owner_id: str | None, territory_id: str | None, now: datetime, dice: Dice
) -> Account:
    created_at = now - timedelta(days=dice.randint(200, 700), minutes=dice.randint(0, 500))
    customer = Customer(
        id=dice.id_at(created_at),
        name=company.name,
        phone=company.phone,
        address=company.address,
        region=company.town,
        customer_type=company.kind,
        lifecycle=dice.weighted(LIFECYCLES) if owner_id else "lead",
        cadence_days=dice.weighted(CADENCES),
        price_sensitivity=dice.choice((None, "low", "medium", "medium", "high")),
        latitude=company.latitude,
        longitude=company.longitude,
        owner_id=owner_id,
        territory_id=territory_id,
        **found_by(company.name, company.town, company.phone, company.address),
        created_at=created_at,
        created_by=owner_id,
    )
    made = Account(customer, company.chinese)
    made.contacts = _contacts(made, dice)
    made.tags = _tags(made, dice)
    return made


def _contacts(made: Account, dice: Dice) -> list[Contact]:
    roles = dice.choice(
        (
            ("decides",),
            ("decides", "uses"),
            ("decides", "influences", "uses"),
            ("decides", "blocks"),
            ("uses",),
        )
    )
    contacts: list[Contact] = []
    for role in roles:
        boss = contacts[0].id if contacts and dice.chance(0.7) else None
        contacts.append(contact(made, role, boss, dice))
    return contacts


def contact(made: Account, role: str, boss: str | None, dice: Dice) -> Contact:
    created_at = made.customer.created_at + timedelta(days=dice.randint(0, 20))
    contact_id = dice.id_at(created_at)
    digits = dice.randint(0, 9999)
    return Contact(
        id=contact_id,
        customer_id=made.customer.id,
        name=person_name(made.chinese, dice),
        role=role,
        phone=f"+86 100 0000 {digits:04}" if made.chinese else f"+49 171 39200{digits % 100:02}",
        email=f"contact{contact_id[-5:]}@customer.test" if dice.chance(0.6) else None,
        birthday=f"--{dice.randint(1, 12):02}-{dice.randint(1, 28):02}" if dice.chance(0.2) else None,
        reports_to=boss,
        created_at=created_at,
    )


def _tags(made: Account, dice: Dice) -> list[CustomerTag]:
    chosen = dice.some(TAGS_ZH if made.chinese else TAGS, 2) if dice.chance(0.35) else []
    return [CustomerTag(customer_id=made.customer.id, tag=tag) for tag in sorted(chosen)]
