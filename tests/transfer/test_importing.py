"""From rows to customers: checked like a form, all or nothing, within one's own reach."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlmodel import SQLModel, col, func, select

from server.database import Database
from server.models.contact import Contact
from server.models.customer import Customer, CustomerTag
from server.models.refusal import NotAllowed
from server.models.revision import RowRevision, ScopeRevision
from server.models.user import Role, User
from server.transfer.checking import Checked, Choices, check, sentence
from server.transfer.columns import guess_columns
from server.transfer.importer import importer
from server.transfer.importing import prepared, write
from server.transfer.reading import Sheet
from server.translations import translator
from tests.cast import NOW, Cast, person


def sheet(*rows: str) -> Sheet:
    cells = [row.split(",") for row in rows]
    return Sheet(cells[0], cells[1:], list(range(2, len(cells) + 1)))


def choices_for(source: Sheet) -> Choices:
    return Choices(tuple(guess.field for guess in guess_columns(source.header)))


def checked(database: Database, user: User, source: Sheet, choices: Choices | None = None) -> Checked:
    with database.reading() as session:
        return check(session, importer(session, user), source, choices or choices_for(source), silent)


def imported(database: Database, user: User, source: Sheet, choices: Choices | None = None) -> int:
    result = checked(database, user, source, choices)
    with database.writing() as session:
        return write(session, prepared(importer(session, user), result, NOW), silent)


def silent(done: int, total: int) -> None:
    assert 0 <= done <= total


def all_rows(database: Database, table: type[SQLModel]) -> list[SQLModel]:
    with database.reading() as session:
        return list(session.exec(select(table)))


def customer(database: Database, name: str) -> Customer:
    with database.reading() as session:
        return session.exec(select(Customer).where(Customer.name == name)).one()


def test_a_row_becomes_a_customer_with_contact_tags_and_all_its_fields(
    database: Database, cast: Cast
) -> None:
    source = sheet(
        "客户名称,电话,地址,城市,客户类型,客户状态,拜访周期,标签,纬度,经度,联系人,职务,联系人手机,联系人邮箱",
        "北京远景贸易有限公司,010 5550 1234,中山路8号,北京,经销商,合作中,每两周,老客户；展会,"
        "39.9,116.4,王伟,总经理,13800138000,wei@example.test",
    )
    assert imported(database, cast.alice, source) == 1
    made = customer(database, "北京远景贸易有限公司")
    assert (made.lifecycle, made.cadence_days, made.region, made.latitude) == ("active", 14, "北京", 39.9)
    assert (made.owner_id, made.territory_id, made.created_by) == (
        cast.alice.id,
        cast.north.id,
        cast.alice.id,
    )
    assert made.created_at == NOW
    assert made.sort_key.startswith("beijing")
    assert "bjyj" in made.search_text
    (contact,) = all_rows(database, Contact)
    assert isinstance(contact, Contact)
    assert (contact.name, contact.role, contact.customer_id) == ("王伟", "decides", made.id)
    assert sorted(tag.tag for tag in all_rows(database, CustomerTag) if isinstance(tag, CustomerTag)) == [
        "展会",
        "老客户",
    ]


def test_phones_hear_of_the_new_customers(database: Database, cast: Cast) -> None:
    imported(database, cast.alice, sheet("Company,Contact", "Huber,Anna"))
    made = customer(database, "Huber")
    with database.reading() as session:
        noted = session.exec(select(RowRevision.collection).where(RowRevision.customer_id == made.id)).all()
        gained = session.exec(select(ScopeRevision.user_id).where(ScopeRevision.customer_id == made.id)).all()
    assert sorted(noted) == ["contacts", "customers"]
    assert gained == [cast.alice.id]


def test_every_wrong_cell_is_named_with_its_row_and_a_sentence(database: Database, cast: Cast) -> None:
    source = sheet(
        "Company,Status,Cadence,Contact email,Latitude", ",strange,often,nobody,95", "Fine,lead,30,a@b.test,"
    )
    result = checked(database, cast.alice, source)
    (wrong,) = result.wrong
    assert wrong.number == 2
    assert set(wrong.problems) >= {"name", "lifecycle", "cadence_days", "contact_email", "latitude"}
    for locale in ("en", "zh-Hans"):
        assert all(sentence(translator(locale), problem, ["Lead"]) for problem in wrong.problems.values())


def test_a_cell_that_says_there_is_nothing_is_empty(database: Database, cast: Cast) -> None:
    source = sheet("Company,Phone,Contact email,Status,Tags", "-,n/a,—,无,/", "Huber,暂无,,lead,")
    result = checked(database, cast.alice, source)
    assert result.wrong == []
    assert [row.cells for row in result.rows] == [{"name": "-"}, {"name": "Huber", "lifecycle": "lead"}]


def test_one_wrong_row_stops_all_until_leaving_it_out_is_chosen(database: Database, cast: Cast) -> None:
    source = sheet("Company,Status", "Huber,lead", "Kessler,strange")
    with pytest.raises(ValueError, match="leaving them out"):
        imported(database, cast.alice, source)
    assert all_rows(database, Customer) == []
    assert imported(database, cast.alice, source, replace(choices_for(source), leave_out_errors=True)) == 1
    assert [row.name for row in all_rows(database, Customer) if isinstance(row, Customer)] == ["Huber"]


def test_a_failure_in_the_middle_leaves_nothing_behind(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sheet("Company,Contact,Tags", *(f"Company {number},Anna,VIP" for number in range(2500)))
    monkeypatch.setattr("server.transfer.importing.note_scope", broken)
    with pytest.raises(ZeroDivisionError):
        imported(database, cast.alice, source)
    for table in (Customer, Contact, CustomerTag):
        assert all_rows(database, table) == []
    with database.reading() as session:
        assert session.exec(select(RowRevision).where(RowRevision.collection == "customers")).all() == []


def broken(*_: object) -> None:
    raise ZeroDivisionError


def test_duplicates_are_found_by_name_and_by_telephone(database: Database, cast: Cast) -> None:
    imported(
        database, cast.alice, sheet("Company,Phone", "Huber Pumpen GmbH,089 99998123", "远景贸易有限公司,")
    )
    source = sheet(
        "Company,Phone",
        "HUBER PUMPEN,",
        "Somebody,+49 (0)89 999-98123",
        "远景贸易,",
        "New,040 66969000",
        "new GmbH & Co. KG,",
    )
    result = checked(database, cast.alice, source)
    twins = {row.cells["name"]: row.twin for row in result.repeated}
    assert set(twins) == {"HUBER PUMPEN", "Somebody", "远景贸易", "new GmbH & Co. KG"}
    assert [twin.name for twin in twins.values() if twin] == ["Huber Pumpen GmbH"] * 2 + [
        "远景贸易有限公司",
        None,
    ]
    assert [twin.row for twin in twins.values() if twin][-1] == 5
    assert [row.cells["name"] for row in result.chosen] == ["New"]


def test_duplicates_come_in_when_that_is_chosen(database: Database, cast: Cast) -> None:
    source = sheet("Company", "Huber", "Huber GmbH")
    assert imported(database, cast.alice, source, replace(choices_for(source), import_duplicates=True)) == 2


def test_nothing_is_told_about_customers_beyond_ones_reach(database: Database, cast: Cast) -> None:
    imported(database, cast.charlie, sheet("Company,Phone", "Secret Pumps,+44 20 7946 0000"))
    (row,) = checked(database, cast.alice, sheet("Company,Phone", "Secret Pumps Ltd,")).repeated
    assert row.twin
    assert (row.twin.customer_id, row.twin.name, row.twin.row) == (None, None, None)


def test_a_wrong_row_does_not_make_the_good_one_after_it_a_duplicate(database: Database, cast: Cast) -> None:
    source = sheet("Company,Status", "Huber,strange", "Huber,lead")
    assert imported(database, cast.alice, source, replace(choices_for(source), leave_out_errors=True)) == 1


def test_a_row_for_each_contact_becomes_one_customer(database: Database, cast: Cast) -> None:
    source = sheet(
        "Company,Phone,Contact", "Huber,089 99998123,Anna", "Huber,089 99998123,Ben", "Huber,089 99998123,Ben"
    )
    assert imported(database, cast.alice, source) == 1
    contacts = [row for row in all_rows(database, Contact) if isinstance(row, Contact)]
    assert sorted(contact.name for contact in contacts) == ["Anna", "Ben"]
    assert {contact.customer_id for contact in contacts} == {customer(database, "Huber").id}


def test_a_further_contact_of_a_left_out_row_stays_out_too(database: Database, cast: Cast) -> None:
    imported(database, cast.alice, sheet("Company", "Huber"))
    source = sheet("Company,Contact", "Huber,Anna", "Huber,Ben", "Kessler,Carl")
    assert imported(database, cast.alice, source) == 1
    assert [row.name for row in all_rows(database, Contact) if isinstance(row, Contact)] == ["Carl"]


def test_a_telephone_without_a_name_still_makes_a_contact(database: Database, cast: Cast) -> None:
    imported(database, cast.alice, sheet("Company,Phone,Mobile", "Huber,089 99998123,0171 3920001"))
    (contact,) = all_rows(database, Contact)
    assert isinstance(contact, Contact)
    assert contact.name == contact.phone == "0171 3920001"


def test_a_rep_imports_for_nobody_else(database: Database, cast: Cast) -> None:
    (row,) = checked(database, cast.alice, sheet("Company,Owner", "Huber,bob@example.test")).rows
    assert set(row.problems) == {"owner"}
    source = sheet("Company", "Huber")
    imported(database, cast.alice, source, replace(choices_for(source), owner_id=cast.bob.id))
    assert customer(database, "Huber").owner_id == cast.alice.id


def test_a_manager_imports_for_the_reps_of_the_territory_only(database: Database, cast: Cast) -> None:
    source = sheet("Company,Owner", "One,alice@example.test", "Two,Bob", "Three,")
    assert imported(database, cast.mei, source) == 3
    assert customer(database, "Two").owner_id == cast.bob.id
    assert (customer(database, "Three").owner_id, customer(database, "Three").territory_id) == (
        None,
        cast.north.id,
    )
    (row,) = checked(database, cast.mei, sheet("Company,Owner", "Four,charlie@example.test")).rows
    assert set(row.problems) == {"owner"}
    with pytest.raises(NotAllowed):
        checked(database, cast.mei, source, replace(choices_for(source), owner_id=cast.charlie.id))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.EXECUTIVE])
def test_who_sees_all_imports_for_everybody_and_the_owner_brings_the_territory(
    database: Database, cast: Cast, role: Role
) -> None:
    source, erin = sheet("Company,Owner", "One,charlie@example.test", "Two,"), person("Erin", role)
    with database.writing() as session:
        session.add(erin)
    imported(database, erin, source, replace(choices_for(source), territory_id=cast.north.id))
    assert customer(database, "One").territory_id == cast.south.id
    assert (customer(database, "Two").owner_id, customer(database, "Two").territory_id) == (
        None,
        cast.north.id,
    )


def test_support_does_not_import(database: Database, cast: Cast) -> None:
    with database.reading() as session, pytest.raises(NotAllowed):
        importer(session, person("Erin", Role.SUPPORT))


def test_twenty_thousand_rows_go_through_in_one_go(database: Database, cast: Cast, now: datetime) -> None:
    rows = (
        f"公司{number},{20_000_000 + number},Street {number},Anna {number},老客户" for number in range(20_000)
    )
    seen: list[int] = []
    source = sheet("Company,Phone,Address,Contact,Tags", *rows)
    result = checked(database, cast.alice, source)
    with database.writing() as session:
        made = prepared(importer(session, cast.alice), result, now)
        assert write(session, made, lambda done, total: seen.append(done)) == 20_000
    assert seen == sorted(seen)
    assert seen[-1] == 60_000
    with database.reading() as session:
        assert session.scalar(select(func.count(col(Customer.id)))) == 20_000
