"""Whom a group of routes is for. All others get 404, as if there were no such page."""

from typing import Final

from litestar.di import Provide

from server.models.refusal import NotAllowed
from server.models.scope import may_manage
from server.models.user import Role
from server.views.reader import Reader


def reader_of_admin(reader: Reader) -> Reader:
    if reader.user.role != Role.ADMIN:
        raise NotAllowed
    return reader


def reader_of_leader(reader: Reader) -> Reader:
    """A manager, an executive or an admin."""
    if not may_manage(reader.user):
        raise NotAllowed
    return reader


# The dependencies of a router, whose handlers take `admin` or `leader` in place of `reader`.
FOR_ADMINS: Final = {"admin": Provide(reader_of_admin, sync_to_thread=False)}
FOR_LEADERS: Final = {"leader": Provide(reader_of_leader, sync_to_thread=False)}
