"""A customer's page: a summary for the visit, then all that happened. Twin of pwa/views/customer.js."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session, col, select

from server import words
from server.models.access import AccessRequest
from server.models.attachment import Attachment
from server.models.contact import Contact
from server.models.contract import Contract
from server.models.custom_field import custom_fields
from server.models.customer import Customer, CustomerShare, CustomerTag
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.pipeline import Pipeline, pipelines
from server.models.product import Product
from server.models.quote import Quote
from server.models.scope import manages, may_write, visible_customer
from server.models.task import Task
from server.models.user import User
from server.models.visit import Visit
from server.search_text import by_name
from server.views.about import about, doors, people_sheet
from server.views.chain import chain, sorted_contacts
from server.views.comparison_form import comparison_href
from server.views.facts import bought, facts, latest_first, rivals
from server.views.files import files
from server.views.labels import LIFECYCLES, said
from server.views.likely import asks
from server.views.moves import lifecycle_moves, moves
from server.views.reader import Reader, joined
from server.views.rows import due_kind, follow_up_row
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
    met = _of(session, Contact, row)
    contacts = sorted_contacts(met)
    visits, follow_ups = _not_withdrawn(session, Visit, row), _not_withdrawn(session, FollowUp, row)
    people = sorted(session.exec(select(User)).all(), key=by_name)
    names = Names(
        people={person.id: person.name for person in people},
        contacts={contact.id: contact.name for contact in met},
        products=dict(session.exec(select(Product.id, Product.name)).all()),
        attachments=_not_withdrawn(session, Attachment, row),
    )
    sheet = people_sheet(row, people, _linked(session, CustomerShare, row), reader)
    asked_by = _linked(session, AccessRequest, row)
    path = f"/customers/{row.id}"
    done = latest_first(visits)
    sales = _of(session, Opportunity, row)
    quotes, orders, contracts, tasks = (
        _not_withdrawn(session, model, row) for model in (Quote, Order, Contract, Task)
    )
    all_pipelines = pipelines(session)
    moved = [*moves(sales, all_pipelines, names, reader), *lifecycle_moves(row, names, reader)]
    all_entries = timeline(visits, done, follow_ups, orders, contracts, tasks, moved, names, reader)
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
        "facts": facts(row, done, contacts, orders, names.products, reader),
        "follow_ups": open_follow_ups(follow_ups, reader),
        "planned": planned(visits, names, reader),
        "tasks": standing_tasks(tasks, names, reader),
        "opportunities": opportunities(
            sales,
            all_pipelines,
            lambda sale: facts_of(
                sale.id,
                visits,
                names.attachments,
                *([one for one in rows if one.opportunity_id == sale.id] for rows in (quotes, contracts)),
            ),
            reader,
        ),
        "filters": filters(path, all_entries, chosen, reader.t),
        "timeline": [entry.drawn() for entry in shown],
        "earlier_href": f"{path}?{urlencode({'all': 1, 'kind': chosen})}"
        if len(shown) < len(entries)
        else "",
        "files": files(names.attachments, names.people, reader, {sale.id: sale.name for sale in sales}),
        "contacts": chain(contacts, reader),
        "contact_count": len(contacts),
        "about": about(row, custom_fields(session), reader),
        "bought": bought(orders, reader),
        "rivals": rivals(row, done, reader),
        "compare_href": comparison_href(row.id, ""),
        "tags": _tags(session, row),
        "tag_value": tag,
        "tag_error": tag_error,
        "asks": asks(row.id, asked_by, people, sheet["can_share"]),
        **sheet,
    }


def _of(session: Session, model: Any, row: Customer) -> Sequence[Any]:
    """Its rows of this model, including removed contacts. Sorted by id, which is by creation."""
    query = select(model).where(model.customer_id == row.id).order_by(model.id)
    if model is Opportunity:
        query = query.where(col(model.deleted_at).is_(None))
    return session.exec(query).all()


def _not_withdrawn(session: Session, model: Any, row: Customer) -> list[Any]:
    return [entry for entry in _of(session, model, row) if entry.withdrawn_at is None]


def _tags(session: Session, row: Customer) -> list[str]:
    return sorted(session.exec(select(CustomerTag.tag).where(CustomerTag.customer_id == row.id)).all())


def _linked(session: Session, model: Any, row: Customer) -> list[str]:
    """User ids of a link table: with whom it is shared, or who asked for it."""
    return list(session.exec(select(model.user_id).where(model.customer_id == row.id)).all())


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
    coming.sort(key=lambda visit: (str(visit.planned_on), visit.planned_time or "~", visit.id))
    return [planned_row(visit, names, reader) for visit in coming]


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


def opportunities(
    rows: Sequence[Opportunity],
    pipelines: Sequence[Pipeline],
    facts: Callable[[Opportunity], Facts],
    reader: Reader,
) -> list[dict[str, Any]]:
    found = [(row, pipeline_of(pipelines, row.pipeline_id)) for row in rows]
    standing = [(row, pipeline) for row, pipeline in found if next_stage(pipeline.stages, row.stage)]
    return [opportunity_row(row, pipeline, facts(row), reader) for row, pipeline in standing]
