"""A customer's page: a summary for the visit, then all that happened. Twin of pwa/views/customer.js."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session, select

from server import words
from server.models.access import AccessRequest, waits
from server.models.custom_field import custom_fields
from server.models.customer import Customer, CustomerShare, CustomerTag
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline, pipelines
from server.models.product import Product
from server.models.scope import manages, may_write, visible_customer
from server.models.user import User
from server.models.visit import Visit
from server.search_text import by_name
from server.views.about import about, doors, people_sheet
from server.views.chain import chain, sorted_contacts
from server.views.comparison_form import comparison_href
from server.views.facts import bought, facts, latest_first, rivals
from server.views.files import files
from server.views.held import Held, held
from server.views.labels import LIFECYCLES, said
from server.views.likely import asks
from server.views.moves import lifecycle_moves, moves
from server.views.reader import Reader, joined
from server.views.rows import due_kind, follow_up_row, plan_key
from server.views.sales import Facts, facts_of, next_stage, opportunity_row, pipeline_of
from server.views.tasks import standing_tasks
from server.views.timeline import Names, filters, timeline

TIMELINE_ENTRIES = 10


def customer(
    session: Session,
    reader: Reader,
    customer_id: str,
    all_of_it: bool = False,
    kind: str = "",
    tag: str = "",
    tag_error: str = "",
) -> dict[str, Any]:
    """`kind`: filters the timeline. `tag`, `tag_error`: a new tag that could not be added, as typed, and why."""
    row = visible_customer(session, reader.user, customer_id)
    of = held(session, row)
    contacts = sorted_contacts(of.contacts)
    people = sorted(session.exec(select(User)).all(), key=by_name)
    names = Names(
        people={person.id: person.name for person in people},
        contacts={contact.id: contact.name for contact in of.contacts},
        products=dict(session.exec(select(Product.id, Product.name)).all()),
        attachments=of.attachments,
    )
    shared_with = select(CustomerShare.user_id).where(CustomerShare.customer_id == row.id)
    sheet = people_sheet(row, people, session.exec(shared_with).all(), reader)
    asked_by = session.exec(
        select(AccessRequest.user_id).where(AccessRequest.customer_id == row.id, waits())
    ).all()
    path = f"/customers/{row.id}"
    done = latest_first(of.visits)
    known = pipelines(session)
    moved = [*moves(of.opportunities, known, names, reader), *lifecycle_moves(row, names, reader)]
    all_entries = timeline(of, done, moved, names, reader)
    chosen = kind if any(entry.kind == kind for entry in all_entries) else ""
    entries = [entry for entry in all_entries if chosen in ("", entry.kind)]
    shown = entries if all_of_it else entries[:TIMELINE_ENTRIES]
    return {
        "title": row.name,
        "customer": head(row, names, reader),
        "can_write": may_write(reader.user),
        "visit_href": f"/visits/new?customer={row.id}",
        "activity_href": f"/activities/new?customer={row.id}",
        "activity_id": reader.new_id(),
        "doors": doors(row, contacts, reader.t),
        "facts": facts(row, done, contacts, of.orders, names.products, reader),
        "follow_ups": open_follow_ups(of.follow_ups, reader),
        "planned": planned(of.visits, names, reader),
        "tasks": standing_tasks(of.tasks, names, reader),
        "opportunities": opportunities(of, known, reader),
        "filters": filters(path, all_entries, chosen, reader.t),
        "timeline": [entry.drawn() for entry in shown],
        "earlier_href": f"{path}?{urlencode({'all': 1, 'kind': chosen})}"
        if len(shown) < len(entries)
        else "",
        "files": files(
            of.attachments, names.people, reader, {sale.id: sale.name for sale in of.opportunities}
        ),
        "contacts": chain(contacts, reader),
        "contact_count": len(contacts),
        "about": about(row, custom_fields(session), reader),
        "bought": bought(of.orders, reader),
        "rivals": rivals(row, done, reader),
        "compare_href": comparison_href(row.id, ""),
        "tags": _tags(session, row),
        "tag_value": tag,
        "tag_error": tag_error,
        "asks": asks(row.id, asked_by, people, sheet["can_share"]),
        **sheet,
    }


def _tags(session: Session, row: Customer) -> list[str]:
    return sorted(session.exec(select(CustomerTag.tag).where(CustomerTag.customer_id == row.id)).all())


def head(row: Customer, names: Names, reader: Reader) -> dict[str, Any]:
    t = reader.t
    if row.owner_id is None:
        keeper = t("nobody looks after it yet")
    elif row.owner_id == reader.user.id:
        keeper = t("looked after by you")
    else:
        keeper = t("looked after by %(name)s", name=names.person(row.owner_id))
    return {
        "id": row.id,
        "href": f"/customers/{row.id}",
        "name": row.name,
        "initial": words.initial(row.name),
        "line": joined(said(t, LIFECYCLES, row.lifecycle), row.region, keeper),
        "owner_id": row.owner_id or "",
    }


def open_follow_ups(follow_ups: Sequence[FollowUp], reader: Reader) -> list[dict[str, Any]]:
    standing = [entry for entry in follow_ups if entry.completed_at is None]
    standing.sort(key=lambda entry: (entry.due_on, entry.id))
    return [follow_up_row(entry, reader, may_write(reader.user)) for entry in standing]


def planned(visits: Sequence[Visit], names: Names, reader: Reader) -> list[dict[str, Any]]:
    coming = [visit for visit in visits if visit.started_at is None and visit.planned_on]
    return [planned_row(visit, names, reader) for visit in sorted(coming, key=plan_key)]


def planned_row(visit: Visit, names: Names, reader: Reader) -> dict[str, Any]:
    assert visit.planned_on is not None  # noqa: S101  (planned() has checked)
    by_me = visit.author_id == reader.user.id
    author = "" if by_me else names.person(visit.author_id)
    return {
        "id": visit.id,
        "initial": reader.t("V"),
        "what": reader.t("Visit"),
        "detail": joined(visit.planned_time, author),
        "tag": words.due_label(visit.planned_on, reader.today, reader.locale),
        "tag_kind": due_kind(visit.planned_on, reader.today),
        "may_cancel": may_write(reader.user) and (by_me or manages(reader.user)),
    }


def opportunities(of: Held, known: Sequence[Pipeline], reader: Reader) -> list[dict[str, Any]]:
    """Those that stand in a stage from which one can go on."""
    found = [(row, pipeline_of(known, row.pipeline_id)) for row in of.opportunities]
    standing = [(row, pipeline) for row, pipeline in found if next_stage(pipeline.stages, row.stage)]
    return [opportunity_row(row, pipeline, _facts(of, row), reader) for row, pipeline in standing]


def _facts(of: Held, sale: Opportunity) -> Facts:
    quotes = [quote for quote in of.quotes if quote.opportunity_id == sale.id]
    contracts = [contract for contract in of.contracts if contract.opportunity_id == sale.id]
    return facts_of(sale.id, of.visits, of.attachments, quotes, contracts)
