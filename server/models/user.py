"""Anyone who signs in: a rep, manager, executive, support person or admin; with sessions and devices."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlmodel import Field, SQLModel

from server.models.column import counter, json_list, key, link, maybe_link, maybe_moment, moment
from server.translations import LOCALES


class Role(StrEnum):
    REP = "rep"
    MANAGER = "manager"
    EXECUTIVE = "executive"
    SUPPORT = "support"
    ADMIN = "admin"


DEPARTMENTS: Final = ("service", "logistics", "technical")
WEEKLY_VISITS: Final = 20  # of whoever has no other plan


class User(SQLModel, table=True):
    __tablename__ = "users"
    # All phones get everybody's name as "people", and their own user as "me".
    __collections__ = ("people", "me")

    id: str = key()
    email: str = Field(unique=True)  # kept in lower case
    name: str
    role: str
    password_hash: str
    team_id: str | None = maybe_link("teams.id")
    territory_id: str | None = maybe_link("territories.id")
    department: str | None = Field(default=None, max_length=20)  # of support: one of DEPARTMENTS; None: all
    locale: str | None = None  # "en" or "zh-Hans"; None: as the browser asks
    time_zone: str | None = None
    read_locale: str | None = None  # what their browser last reported, for as long as they have not chosen
    read_time_zone: str | None = None
    weekly_visits: int = WEEKLY_VISITS  # the plan that Today measures against
    quotas: list[dict[str, Any]] = json_list()  # as server/models/quota.py says
    created_at: datetime = moment()
    deactivated_at: datetime | None = maybe_moment()

    @property
    def language(self) -> str:
        """For reminders, e-mails and calendars, where no browser says a language."""
        known = (self.locale, self.read_locale)
        return next((locale for locale in known if locale in LOCALES), "en")

    def zone(self, company_zone: str) -> str:
        return self.time_zone or self.read_time_zone or company_zone


class SignInSession(SQLModel, table=True):
    """One signed-in browser. The cookie holds a random secret, this table its hash."""

    __tablename__ = "sessions"

    id_hash: str = Field(primary_key=True)
    public_id: str = Field(unique=True, max_length=36)  # names it on the devices page
    user_id: str = link("users.id")
    device_id: str | None = Field(default=None, index=True, max_length=36)  # once the browser has synced
    user_agent: str = ""
    created_at: datetime = moment()
    last_seen_at: datetime = moment()
    signed_out_at: datetime | None = maybe_moment()


class Device(SQLModel, table=True):
    """A phone's outbox, as the server knows it. Its first push or pull registers it, for that user for ever."""

    __tablename__ = "devices"

    id: str = key()
    user_id: str = link("users.id")
    last_seq: int = counter(default=0)
    unsent: int | None = None  # how many entries it had not sent yet, as it last reported
    # How many unsent entries were lost when the browser deleted this phone's earlier store.
    lost: int | None = None
    lost_at: datetime | None = maybe_moment()  # when that was noticed
    created_at: datetime = moment()
    last_seen_at: datetime = moment()
    signed_out_at: datetime | None = maybe_moment()
    wipe_at: datetime | None = maybe_moment()  # when an admin reported this phone lost
    wiped_at: datetime | None = maybe_moment()  # when it had sent everything and was told to forget it


class SignInAttempt(SQLModel, table=True):
    """Failed sign-ins, to slow down guessing. `subject` is a keyed hash of an account or of an address."""

    __tablename__ = "sign_in_attempts"

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(index=True)
    at: datetime = moment()
