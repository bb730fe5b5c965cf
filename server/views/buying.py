"""Who orders for how much and will when again; which products sell less than before, and where each sells. Every
number opens its list. Rendered by the server only."""

from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session

from server import words
from server.buying.products import Slowing, in_one_region, orders_of, questions, slowing, spans
from server.buying.value import SEGMENTS, Expected, Valued, expected, names_of, valued
from server.days import Span
from server.questions.answering import Question, answers
from server.questions.asking import Asking
from server.questions.definition import Definition
from server.questions.dimensions import dimensions_of
from server.views.facts import said_rhythm
from server.views.question_answer import answer_view, href_to, listed
from server.views.question_rows import rows_view
from server.views.reader import joined
from server.views.team_asked import TeamAsked
from server.views.team_lists import PAGE

PATH: Final = "/team/buying"
CUSTOMERS, ORDERS = f"{PATH}/customers", f"{PATH}/orders"
MOST_EXPECTED: Final = 8
MOST_PRODUCTS: Final = 20
NEXT: Final = "next"  # the list of all valuable customers, sorted by when their next order is expected


class Buying:
    """The query string, and the questions that answer it."""

    def __init__(self, session: Session, asked: TeamAsked) -> None:
        self.asked, self.query = asked, asked.query
        self.asking = Asking(session, asked.reader)
        self.asking.names = {rep.id: rep.name for rep in asked.reps}
        self.asking.names |= {territory.id: territory.name for territory in asked.territories}
        self.only = {name: (key,) for name, key in asked.only.items()}
        dimensions = dimensions_of(self.asking, with_own=False)
        self.orders = Question(self.asking, Definition("orders", (), "twelve_months", self.only), dimensions)
        self.of_products = questions(self.asking, dimensions, self.only)


def buying_page(buying: Buying) -> dict[str, Any]:
    asked, t = buying.asked, buying.asked.reader.t
    found = valued(buying.orders)
    coming = expected(buying.orders, found)
    lately, before, often, matrix, by_region = answers(buying.asking, buying.of_products, with_totals=False)
    buying.asking.learn_names(
        keys[0] for answer in (before, by_region) for cells in answer.cells.values() for keys in cells
    )
    sold = {product.id for product in buying.asking.company.products}
    falling = [one for one in slowing(lately, before, often) if one.product in sold]
    return {
        "title": t("Customers and products"),
        "line": joined(asked.of_whom, t("Orders of twelve months")),
        "back_href": asked.href(),
        "filters": _filters(asked),
        "currencies": _segments(buying, found),
        "coming": _rows(buying, coming[:MOST_EXPECTED]),
        "all_href": asked.href(CUSTOMERS, segment=NEXT) if len(coming) > MOST_EXPECTED else "",
        "slowing": [_slowing(buying, one) for one in falling[:MOST_PRODUCTS]],
        "compares_regions": not asked.part.product_id,  # a product's regions are compared with those of all products
        "alone": [
            {
                "name": buying.asking.names.get(product, product),
                "detail": region or t("No region"),
                "tag": t.n("%(n)s order", "%(n)s orders", number),
                "href": href_to(by_region.question, {"product": product}),
            }
            for product, region, number in in_one_region(by_region)[:MOST_PRODUCTS]
        ],
        "blocks": answer_view(matrix)["blocks"],
        "ask_href": matrix.question.definition.href("/team/questions/new"),
    }


def _filters(asked: TeamAsked) -> list[dict[str, Any]]:
    if len(asked.territories) < 2:
        return []
    places = [("", asked.reader.t("All territories")), *((one.id, one.name) for one in asked.territories)]
    chips = [
        {"text": name, "href": asked.href(PATH, territory=key, rep=""), "chosen": key == asked.territory_id}
        for key, name in places
    ]
    return [{"label": asked.reader.t("Territory"), "chips": chips}]


def _segments(buying: Buying, found: Sequence[Valued]) -> list[dict[str, Any]]:
    t, href = buying.asked.reader.t, buying.asked.href
    blocks = []
    for currency in sorted({one.bought.currency for one in found}):
        mine = [one for one in found if one.bought.currency == currency]
        whole = sum(one.bought.cents for one in mine)
        parts = {
            segment: [one.bought.cents for one in mine if one.segment == segment] for segment in SEGMENTS
        }
        # Credit notes make amounts negative; those have no share.
        has_shares = whole > 0 and all(sum(part) >= 0 for part in parts.values())
        rows = []
        for segment, label in SEGMENTS.items():
            cents = sum(parts[segment])
            share = (200 * cents + whole) // (2 * whole) if has_shares else 0
            said = t("%(share)s%% of the amount", share=share) if has_shares else ""
            rows.append(
                {
                    "name": t(label),
                    "detail": joined(words.money(cents, currency), said),
                    "number": words.quantity(len(parts[segment])),
                    "bar": share,
                    "href": href(CUSTOMERS, currency=currency, segment=segment),
                }
            )
        everybody = {"text": words.money(whole, currency), "href": listed(buying.orders.definition, currency)}
        blocks.append({"currency": currency, "total": everybody, "rows": rows})
    return blocks


def _rows(buying: Buying, coming: Sequence[Expected]) -> list[dict[str, Any]]:
    reader = buying.asked.reader
    named = names_of(buying.orders, [one.valued.bought.customer_id for one in coming])
    rows = []
    for one in coming:
        customer, owner = named[one.valued.bought.customer_id]
        bought, own = one.valued.bought, one.rhythm
        last = reader.t("last on %(day)s", day=words.short_date(bought.last_on, reader.today, reader.locale))
        rows.append(
            {
                "href": f"/customers/{customer.id}",
                "name": customer.name,
                "initial": words.initial(customer.name),
                "detail": joined(said_rhythm(own.usual_days, one.over_days, reader) if own else last, owner),
                "note": joined(
                    words.money(bought.cents, bought.currency),
                    reader.t.n("on %(n)s day", "on %(n)s days", bought.times),
                ),
                "tag": words.short_date(own.next_on, reader.today, reader.locale) if own else "",
                "kind": "late" if own and one.over_days > 0 else "",
                **buying.asked.acting.at(customer, customer.owner_id),
            }
        )
    return rows


def _slowing(buying: Buying, one: Slowing) -> dict[str, str]:
    def href(when: str) -> str:
        return buying.asked.href(ORDERS, product=one.product, when=when)

    return {
        "name": buying.asking.names.get(one.product, one.product),
        "lately": f"{words.quantity(one.lately)} {one.unit}".strip(),
        "lately_href": href("lately"),
        "usual": f"{words.quantity(one.usual)} {one.unit}".strip(),
        "usual_href": href("before"),
        "less": f"−{one.percent}%",
        "less_href": href("both"),
    }


def customers_list(buying: Buying) -> dict[str, Any]:
    """The customers that a number counts, the greatest amount first; for NEXT, by when the next order is expected."""
    asked, t, query = buying.asked, buying.asked.reader.t, buying.query
    currency, segment = query.get("currency", ""), query.get("segment", "")
    found = valued(buying.orders)
    if segment == NEXT:
        rows = expected(buying.orders, found)
        title = t("When they order again")
    else:
        mine = [one for one in found if one.segment == segment and one.bought.currency == currency]
        mine.sort(key=lambda one: (-one.bought.cents, one.bought.customer_id))
        rows = [Expected(one, None, 0) for one in mine]
        title = t(SEGMENTS[segment]) if segment in SEGMENTS else t("Customers")
    more = asked.href(CUSTOMERS, currency=currency, segment=segment, offset=asked.offset + PAGE)
    return {
        "title": title,
        "line": joined(asked.of_whom, t("Orders of twelve months"), currency),
        "back_href": asked.href(PATH),
        "back_text": t("Customers and products"),
        "rows": _rows(buying, rows[asked.offset : asked.offset + PAGE]),
        "empty": t("Nobody here."),
        "more_href": more if len(rows) > asked.offset + PAGE else "",
    }


def orders_list(buying: Buying) -> dict[str, Any]:
    lately, before = spans(buying.asking)
    when, product = buying.query.get("when", ""), buying.query.get("product", "")
    both = Span(before.first, lately.last)
    between = {"before": before, "both": both}.get(when, lately)
    question = orders_of(buying.orders, product, between)
    offset = buying.asked.offset
    more = buying.asked.href(ORDERS, product=product, when=when, offset=offset + PAGE)
    view = rows_view(question, offset, buying.asked.acting)
    return {
        **view,
        "back_href": buying.asked.href(PATH),
        "back_text": buying.asked.reader.t("Customers and products"),
        "more_href": more if view["more_href"] else "",
    }
