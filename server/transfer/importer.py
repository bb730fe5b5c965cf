"""Who imports, and who may own what is imported: for a rep only they themselves, for a manager the reps of the
territory, for executives and admins every rep."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from server.models.custom_field import CustomField, custom_fields
from server.models.product import Product
from server.models.refusal import NotAllowed
from server.models.scope import ALL_SEEING_ROLES
from server.models.user import Role, User
from server.search_text import by_name, fold
from server.transfer import values
from server.transfer.columns import LABELS, Guess, guess_columns
from server.transfer.reading import Sheet
from server.translations import Translator

SAMPLED = 1000  # rows that tell what a column holds


@dataclass(frozen=True)
class Importer:
    user: User
    owners: tuple[User, ...]  # whose the customers may become
    custom: tuple[CustomField, ...] = ()  # the company's own fields
    products: Mapping[str, str] = field(default_factory=dict)  # ids by folded names

    def labels(self, t: Translator) -> dict[str, str]:
        """The names of all fields that a column may be, by field."""
        ours = {field: t(label) for field, label in LABELS.items()}
        return ours | {f"custom.{field.id}": field.name for field in self.custom}

    def words(self, t: Translator, field: str) -> list[str]:
        """Those that a cell of this field may hold; none if it may hold any."""
        if field in values.CHOSEN:
            return [t(label) for label in values.CHOSEN[field].values()]
        own = next((one for one in self.custom if f"custom.{one.id}" == field), None)
        if own is None:
            return []
        return [t("Yes"), t("No")] if own.kind == "yes_no" else list(own.choices)

    def guesses(self, sheet: Sheet) -> list[Guess]:
        """What each column is: by its name, unless it is one of a few words and the cells are others."""

        def is_unlike(column: int, field: str) -> bool:
            cells = (row[column] for row in sheet.rows[:SAMPLED])
            return field in values.CHOSEN and not values.are_mostly_known(field, cells)

        return guess_columns(sheet.header, {f"custom.{one.id}": one.name for one in self.custom}, is_unlike)

    @property
    def chooses_owner(self) -> bool:
        return self.user.role != Role.REP

    def named(self, text: str) -> User | None:
        """The possible owner with this email address, or with this name if only one has it."""
        wanted = fold(text)
        by_email = [owner for owner in self.owners if owner.email == wanted]
        by_name = [owner for owner in self.owners if fold(owner.name) == wanted]
        found = by_email or by_name
        return found[0] if len(found) == 1 else None

    def owner(self, owner_id: str | None) -> User | None:
        """The owner chosen for customers without one in the file. Raises NotAllowed if they may not own them."""
        if not self.chooses_owner:
            return self.user
        if not owner_id:
            return None
        for owner in self.owners:
            if owner.id == owner_id:
                return owner
        raise NotAllowed

    def territory_of(self, owner: User | None, chosen: str | None) -> str | None:
        """The territory of an imported customer: the importer's own;
        if they see all territories, the owner's, or else the chosen one."""
        if self.user.role in ALL_SEEING_ROLES:
            return owner.territory_id if owner and owner.territory_id else chosen
        return self.user.territory_id


def importer(session: Session, user: User) -> Importer:
    """Raises NotAllowed for support."""
    custom = tuple(field for field in custom_fields(session) if field.retired_at is None)
    products = {fold(name): key for key, name in session.exec(select(Product.id, Product.name))}
    if user.role == Role.REP:
        return Importer(user, (user,), custom, products)
    here = select(User).where(User.role == Role.REP, col(User.deactivated_at).is_(None))
    reps = sorted(session.exec(here), key=by_name)
    if user.role in ALL_SEEING_ROLES:
        return Importer(user, tuple(reps), custom, products)
    if user.role == Role.MANAGER:
        return Importer(user, _of_territory(reps, user.territory_id), custom, products)
    raise NotAllowed


def _of_territory(reps: Iterable[User], territory_id: str | None) -> tuple[User, ...]:
    return tuple(rep for rep in reps if territory_id and rep.territory_id == territory_id)
