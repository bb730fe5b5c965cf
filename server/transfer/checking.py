"""Each row of a spreadsheet as the customer that it would become:
what is wrong with it, and which customer or earlier row it repeats."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from server.likeness import company_key, phone_key
from server.models import scope
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from server.transfer import values
from server.transfer.columns import FIELDS
from server.transfer.importer import Importer
from server.transfer.reading import Sheet
from server.translations import Translator, msgid
from sync.custom_values import value_of
from sync.field_checks import Wrong
from sync.validation import message, validate

Problem = dict[str, Any]  # {"code", "params"}, as sync/validation.py gives them
Progress = Callable[[int, int], None]
OWN_SENTENCES = {
    "unknown_owner": msgid("Nobody you may import for has this email or name."),
    "half_a_place": msgid("A place needs both latitude and longitude."),
    "bad_tag": msgid("One of these tags is too long."),
    "cell_error": values.CELL_ERROR,
    "unknown_choice": msgid("Use one of these: %(words)s"),
}
CELL_ERROR: Problem = {"code": "cell_error", "params": {}}
ONLY_CUSTOMER = ("name", "phone", "address", "region", "customer_type", "lifecycle", "cadence_days")
MORE_CUSTOMER = (
    "price_sensitivity", "preferred_product_ids", "preferred_products", "preferred_times", "latitude", "longitude",
)  # fmt: skip


@dataclass(frozen=True)
class Twin:
    """What a row repeats: an earlier row, by its number, or a customer. `customer_id` and `name` are given only if the
    importer may see that customer."""

    row: int | None = None
    customer_id: str | None = None
    name: str | None = None


@dataclass
class Row:
    number: int
    cells: dict[str, str]
    customer: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, Any] | None = None
    tags: list[str] = field(default_factory=list)
    comparisons: list[dict[str, Any]] = field(default_factory=list)
    owner: User | None = None
    problems: dict[str, Problem] = field(default_factory=dict)
    twin: Twin | None = None
    people: set[str] = field(default_factory=set)  # names of this customer's contacts in the rows so far
    # Set: this row is a further contact of that row's customer, and no customer itself.
    first: "Row | None" = None


@dataclass(frozen=True)
class Choices:
    """What the importer decided on the preview page."""

    columns: tuple[str | None, ...]  # the field of each column
    owner_id: str | None = None
    territory_id: str | None = None
    import_duplicates: bool = False
    leave_out_errors: bool = False

    @property
    def name_customers(self) -> bool:
        """Whether a column holds customers' names. Without one no row can become a customer;
        that is said once, and not as an error of every row."""
        return "name" in self.columns


@dataclass(frozen=True)
class Checked:
    rows: list[Row]
    choices: Choices

    @property
    def wrong(self) -> list[Row]:
        return [row for row in self.rows if row.problems]

    @property
    def repeated(self) -> list[Row]:
        return [row for row in self.rows if row.twin]

    @property
    def chosen(self) -> list[Row]:
        """The rows that would be written. A further contact is written only if its customer's row is."""
        return [row for row in self.rows if self._is_chosen(row.first or row) and not row.problems]

    def _is_chosen(self, row: Row) -> bool:
        is_wanted = self.choices.import_duplicates or not row.twin
        return self.choices.name_customers and not row.problems and is_wanted

    @property
    def customers(self) -> int:
        return sum(row.first is None for row in self.chosen)

    def unseen(self, importer: Importer) -> int:
        """How many of the new customers would have no owner and no territory: no rep and no manager sees those."""
        chosen = self.choices.territory_id
        own = (row for row in self.chosen if row.first is None and row.owner is None)
        return sum(importer.territory_of(row.owner, chosen) is None for row in own)

    @property
    def may_be_written(self) -> bool:
        return bool(self.chosen) and (self.choices.leave_out_errors or not self.wrong)


def check(
    session: Session, importer: Importer, sheet: Sheet, choices: Choices, progress: Progress
) -> Checked:
    rows: list[Row] = []
    known = _Known(session, importer.user)
    default_owner = importer.owner(choices.owner_id)
    for done, (number, cells) in enumerate(zip(sheet.numbers, sheet.rows, strict=True), 1):
        row = Row(number, _by_field(cells, choices.columns), owner=default_owner)
        _fill(row, importer)
        _fill_custom(row, importer)
        row.problems |= {field: CELL_ERROR for field, cell in row.cells.items() if values.is_error(cell)}
        if not choices.name_customers:
            row.problems.pop("name", None)
        known.compare(row)
        rows.append(row)
        if done % 500 == 0:
            progress(done, len(sheet.rows))
    return Checked(rows, choices)


def _by_field(cells: list[str], columns: Iterable[str | None]) -> dict[str, str]:
    named = zip(columns, cells, strict=False)
    known = ((field, cell.strip()) for field, cell in named if field and _is_known(field))
    return {field: cell for field, cell in known if cell and not _says_nothing(field, cell)}


def _says_nothing(field: str, cell: str) -> bool:
    """A name may be anything, and “无” is the “no” of a field of one's own."""
    return field != "name" and field in FIELDS and values.is_nothing(cell)


def _is_known(field: str) -> bool:
    return field in FIELDS or field.startswith("custom.")


def _fill(row: Row, importer: Importer) -> None:
    """Makes customer, contact, tags, comparisons and owner of the row's cells, and notes what is wrong with them."""
    given = {field: values.understood(field, cell) for field, cell in row.cells.items()}
    _customer(row, given | _preferred_products(given, importer))
    _contact(row, given)
    _tags(row)
    _comparisons(row)
    if "owner" in row.cells:
        owner = importer.named(row.cells["owner"])
        row.owner = owner or row.owner
        if owner is None:
            row.problems["owner"] = {"code": "unknown_owner", "params": {}}


def _preferred_products(given: dict[str, Any], importer: Importer) -> dict[str, Any]:
    if not given.get("preferred_products"):
        return {}
    ids, rest = values.preferred_products(given["preferred_products"], importer.products)
    return {"preferred_product_ids": ids, "preferred_products": rest}


def _customer(row: Row, given: dict[str, Any]) -> None:
    args = {name: given[name] for name in (*ONLY_CUSTOMER, *MORE_CUSTOMER) if name in given}
    row.customer, problems = _valid("customer.create", {"customer_id": new_id(), **args})
    row.problems |= problems
    if ("latitude" in args) != ("longitude" in args):
        missing = "latitude" if "longitude" in args else "longitude"
        row.problems.setdefault(missing, {"code": "half_a_place", "params": {}})


def _fill_custom(row: Row, importer: Importer) -> None:
    """The values of custom fields; those of a field that was retired since the preview are left out."""
    told = {}
    for own in importer.custom:
        name = f"custom.{own.id}"
        try:
            if name in row.cells:
                told[own.id] = value_of(own, values.own(own.kind, row.cells[name]))
        except Wrong as wrong:
            row.problems[name] = wrong.error
    if told:
        row.customer["custom"] = told


def _contact(row: Row, given: dict[str, Any]) -> None:
    args = {
        name: given[f"contact_{name}"]
        for name in ("name", "role", "phone", "email")
        if f"contact_{name}" in given
    }
    if not args:
        return
    # A contact needs a name; without one, a number or an address is still worth keeping.
    args.setdefault("name", args.get("email") or args.get("phone") or row.cells.get("name", ""))
    ids = {"contact_id": new_id(), "customer_id": row.customer.get("customer_id") or new_id()}
    row.contact, problems = _valid("contact.create", {**ids, **args})
    row.problems |= {f"contact_{name}": problem for name, problem in problems.items()}


def _tags(row: Row) -> None:
    for tag in values.tags(row.cells.get("tags", "")):
        args, problems = _valid("customer.add_tag", {"customer_id": new_id(), "tag": tag})
        if problems:
            row.problems["tags"] = problems.get("tag", {"code": "bad_tag", "params": {}})
        else:
            row.tags.append(args["tag"])


def _comparisons(row: Row) -> None:
    for told in values.comparisons(row.cells.get("comparisons", "")):
        args, problems = _valid("customer.compare", {"customer_id": new_id(), **told})
        if problems:
            row.problems["comparisons"] = next(iter(problems.values()))
        else:
            row.comparisons.append(args)


def _valid(change: str, args: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Problem]]:
    """Checks the arguments by the change that a form would send, so that the rules and sentences are the same."""
    clean, problems = validate(change, args)
    return clean or {}, problems


def sentence(t: Translator, problem: Problem, words: Sequence[str]) -> str:
    """`words`: those that the field takes, if only some. They are named, because no list is beside a cell."""
    own = OWN_SENTENCES.get(problem["code"])
    return t(own, words=t(", ").join(words)) if own else message(t, problem["code"], problem["params"])


class _Known:
    """The companies known so far: those in Legwork, and the rows that were compared already."""

    def __init__(self, session: Session, user: User) -> None:
        self.names: dict[str, Twin] = {}
        self.phones: dict[str, Twin] = {}
        self.firsts: dict[tuple[str, str | None], Row] = {}
        visible = set(session.exec(select(Customer.id).where(scope.in_sight_of(user))))
        columns = select(Customer.id, Customer.name, Customer.name_key, Customer.phone_key)
        standing = columns.where(col(Customer.deleted_at).is_(None))
        for customer_id, name, by_name, by_phone in session.exec(standing):
            twin = Twin(customer_id=customer_id, name=name) if customer_id in visible else Twin()
            self._add(by_name, by_phone, twin)

    def compare(self, row: Row) -> None:
        name, phone = row.customer.get("name"), row.customer.get("phone")
        if not name:
            return
        if self._is_further_contact(row, name, phone):
            return
        keys = company_key(name), phone_key(phone)
        row.twin = self.names.get(keys[0]) or (self.phones.get(keys[1]) if keys[1] else None)
        # Else a later good row would be left out as a repetition of one that is left out itself.
        if not row.problems:
            self._add(*keys, Twin(row=row.number))
            row.people = {(row.contact or {}).get("name", "")}
            self.firsts.setdefault((name, phone), row)

    def _add(self, by_name: str, by_phone: str | None, twin: Twin) -> None:
        self.names.setdefault(by_name, twin)
        if by_phone:
            self.phones.setdefault(by_phone, twin)

    def _is_further_contact(self, row: Row, name: str, phone: str | None) -> bool:
        """Whether the row repeats the name and phone of a company with another contact:
        many sheets have a row for each contact."""
        first = self.firsts.get((name, phone))
        person = (row.contact or {}).get("name")
        if first is None or not person or person in first.people:
            return False
        first.people.add(person)
        row.first = first
        return True
