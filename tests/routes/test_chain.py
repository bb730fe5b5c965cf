"""Who decides and who reports to whom: the contacts of a customer as a tree."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from tests.cast import Cast
from tests.routes.conftest import Browser, Do


def add(do: Do, user: User, customer: Customer, name: str, **fields: Any) -> str:
    contact_id = new_id()
    do(user, "contact.create", {"contact_id": contact_id, "customer_id": customer.id, "name": name, **fields})
    return contact_id


class Outline(HTMLParser):
    """Names by how many lists they stand in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.depth, self.in_name, self.names = 0, False, list[tuple[int, str]]()
        self.feed(page.split('<ul class="list chain">')[1].split("</section>", maxsplit=1)[0])

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.depth += tag == "ul"
        self.in_name = tag == "strong"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "ul"
        self.in_name = False

    def handle_data(self, data: str) -> None:
        if self.in_name:
            self.names.append((self.depth, data))


def page_of(screens: Browser, cast: Cast, customer: Customer) -> str:
    text: str = screens(cast.alice).get(f"/customers/{customer.id}").text
    return text


def test_who_reports_to_whom_is_a_tree_with_who_decides_on_top(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    nina = add(do, cast.alice, cafe, "Nina", role="uses")
    boss = add(do, cast.alice, cafe, "Ole", role="decides")
    add(do, cast.alice, cafe, "Pia", role="uses", reports_to=nina)
    add(do, cast.alice, cafe, "Quan", role="blocks")
    do(cast.alice, "contact.edit", {"contact_id": nina, "fields": {"reports_to": boss}})
    page = page_of(screens, cast, cafe)
    assert Outline(page).names == [(0, "Ole"), (1, "Nina"), (2, "Pia"), (0, "Quan")]
    assert '<ul aria-label="They report to Ole">' in page
    assert re.search(r'class="tag role decides"><svg.*?</svg>Decides</span>', page, re.DOTALL)
    assert "<b>4</b>" in page


def test_birthdays_are_said_without_their_year(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    add(do, cast.alice, cafe, "Nina", birthday="1980-05-17")
    add(do, cast.alice, cafe, "Ole", birthday="--02-29")
    page = page_of(screens, cast, cafe)
    assert "Role not known · Birthday 17 May" in page
    assert "Birthday 29 Feb" in page
    assert "1980" not in page


def test_forty_contacts_ask_no_more_of_the_database_than_one(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, count_queries: Callable[[], Any]
) -> None:
    boss = add(do, cast.alice, cafe, "Nina")
    with count_queries() as asked_for_one:
        page_of(screens, cast, cafe)
    for number in range(40):
        boss = add(do, cast.alice, cafe, f"Number {number}", reports_to=boss)
    with count_queries() as asked_for_many:
        page = page_of(screens, cast, cafe)
    assert len(asked_for_many) == len(asked_for_one)
    assert Outline(page).names[-2:] == [(8, "Number 38"), (8, "Number 39")]  # and no deeper
