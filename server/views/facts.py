"""The summary on top of a customer's page; facts that are unknown are left out. Twin of pwa/views/facts.js."""

from collections.abc import Mapping, Sequence
from typing import Any

from server import words
from server.models.contact import Contact
from server.models.customer import Customer
from server.models.order import Order
from server.models.visit import Visit
from server.rhythm import rhythm as purchase_rhythm
from server.translations import Translator
from server.views.comparison_form import comparison_href
from server.views.labels import ACTIVITIES, OUTCOMES, PRICE_SENSITIVITIES, said
from server.views.reader import Reader, joined
from server.views.rows import days_over, first_line

MOST_RIVALS = 8
MOST_BOUGHT = 12


def facts(
    row: Customer,
    done: Sequence[Visit],
    contacts: Sequence[Contact],
    orders: Sequence[Order],
    products: Mapping[str, str],
    reader: Reader,
) -> list[dict[str, Any]]:
    """`done`: its visits, the latest first. `products`: names by id."""
    t = reader.t
    known = [
        (t("Last pain point"), next((visit.pain_point for visit in done if visit.pain_point), "")),
        (t("Price"), said(t, PRICE_SENSITIVITIES, row.price_sensitivity)),
        (t("Likes to buy"), liked(row, products, t)),
        (t("Best time"), row.preferred_times or ""),
        (t("Last visit"), last_visit(done, reader)),
        (t("Last contact"), last_contact(done, reader)),
        (t("Rhythm"), rhythm(row, reader)),
        (t("Buys"), buying_rhythm(orders, reader)),
        (t("Competitor"), competitor(done, reader)),
        (t("Who decides"), deciders(contacts, t)),
    ]
    return [{"label": label, "value": value} for label, value in known if value]


def liked(row: Customer, products: Mapping[str, str], t: Translator) -> str:
    """What the customer likes: products of the catalogue, then the free text."""
    known = sorted(products[one] for one in row.preferred_product_ids or () if one in products)
    return listed(t, [*known, *([row.preferred_products] if row.preferred_products else [])])


def latest_first(visits: Sequence[Visit]) -> list[Visit]:
    """Of visits that were not withdrawn, those that took place and were not corrected, the latest first."""
    done = [visit for visit in visits if visit.started_at and not visit.corrected_by]
    return sorted(done, key=lambda visit: (visit.started_at, visit.id), reverse=True)


def last_visit(done: Sequence[Visit], reader: Reader) -> str:
    latest = next((visit for visit in done if visit.kind == "visit"), None)
    return joined(reader.ago(latest.started_at), said(reader.t, OUTCOMES, latest.outcome)) if latest else ""


def last_contact(done: Sequence[Visit], reader: Reader) -> str:
    """The last call or message, if it was after the last visit."""
    if not done or done[0].kind == "visit":
        return ""
    return joined(reader.ago(done[0].started_at), said(reader.t, ACTIVITIES, done[0].kind))


def rhythm(row: Customer, reader: Reader) -> str:
    if row.lifecycle == "lost":
        return words.every(row.cadence_days, reader.locale)
    return said_rhythm(row.cadence_days, days_over(row, reader), reader)


def buying_rhythm(orders: Sequence[Order], reader: Reader) -> str:
    """How often the customer orders; "" if there is no rhythm (see server/rhythm.py)."""
    found = purchase_rhythm(order.placed_on for order in orders)
    return said_rhythm(found.usual_days, (reader.today - found.next_on).days, reader) if found else ""


def said_rhythm(usual_days: int, over: int, reader: Reader) -> str:
    t, every = reader.t, words.every(usual_days, reader.locale)
    days = words.days(abs(over), reader.locale)
    if over > 0:
        return t("%(every)s, %(days)s over", every=every, days=days)
    return (
        t("%(every)s, next in %(days)s", every=every, days=days)
        if over < 0
        else t("%(every)s, due today", every=every)
    )


def competitor(done: Sequence[Visit], reader: Reader) -> str:
    seen = next((visit for visit in done if visit.competitors), None)
    if seen is None or seen.started_at is None:
        return ""
    day = words.short_date(reader.day_of(seen.started_at), reader.today, reader.locale)
    return reader.t("%(names)s, seen %(day)s", names=listed(reader.t, seen.competitors), day=day)


def rivals(row: Customer, done: Sequence[Visit], reader: Reader) -> list[dict[str, Any]]:
    """Competitors seen here, the latest first: how often, when last, the note of that visit, the comparison with us."""
    seen: dict[str, list[Visit]] = {}
    for visit in done:
        for name in visit.competitors:
            seen.setdefault(name, []).append(visit)
    names = [*list(seen)[:MOST_RIVALS], *sorted(name for name in row.comparisons if name not in seen)]
    names += [name for name in list(seen)[MOST_RIVALS:] if name in row.comparisons]
    return [
        {
            "label": name,
            "value": rival(seen[name], reader) if name in seen else "",
            "note": row.comparisons.get(name, {}).get("note") or "",
            "tags": row.comparisons.get(name, {}).get("tags", []),
            "href": comparison_href(row.id, name),
        }
        for name in names
    ]


def rival(seen: Sequence[Visit], reader: Reader) -> str:
    day = words.short_date(reader.day_of(seen[0].started_at or reader.now), reader.today, reader.locale)
    often = reader.t.n("seen once", "seen %(n)s times", len(seen))
    return joined(often, day, first_line(next((visit.note for visit in seen if visit.note), "")))


def bought(orders: Sequence[Order], reader: Reader) -> list[dict[str, str]]:
    """Products ordered, by the name on the order, the latest first: total quantity, number of orders, last day."""
    found: dict[tuple[str, str], list[tuple[int, Order]]] = {}
    for order in sorted(orders, key=lambda order: (order.placed_on, order.id), reverse=True):
        for line in order.lines:
            known = found.setdefault((line["name"], line.get("unit") or ""), [])
            known.append((line["quantity"], order))
    return [
        {"label": name, "value": _amounts(lines, unit, reader)}
        for (name, unit), lines in list(found.items())[:MOST_BOUGHT]
    ]


def _amounts(lines: Sequence[tuple[int, Order]], unit: str, reader: Reader) -> str:
    day = words.short_date(lines[0][1].placed_on, reader.today, reader.locale)
    often = reader.t.n("ordered once", "ordered %(n)s times", len({order.id for _, order in lines}))
    return joined(f"{words.quantity(sum(quantity for quantity, _ in lines))} {unit}".strip(), often, day)


def deciders(contacts: Sequence[Contact], t: Translator) -> str:
    return listed(t, [contact.name for contact in contacts if contact.role == "decides"])


def listed(t: Translator, names: Sequence[str]) -> str:
    return t(", ").join(names)
