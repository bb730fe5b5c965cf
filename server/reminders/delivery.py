"""From claimed deliveries to messages (`take`), and from the answers to what is noted (`settle`)."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row, delete, update
from sqlmodel import Session, col

from server.config import Settings
from server.days import DAY
from server.models.push_subscription import PushSubscription
from server.models.reminder import Delivery
from server.reminders.desk import (
    APART,
    Browser,
    Claimed,
    Desk,
    ToMail,
    ToPush,
    ToSend,
    claimed_of,
    desk_for,
)
from server.reminders.due import KIND_NAMED
from server.reminders.mail import Post, letter
from server.reminders.message import message, topic
from server.reminders.outbox import TRIAL, fall_back_to_mail
from server.reminders.person import Person
from server.reminders.saying import Said
from server.reminders.sending import NOT_SENT, Outcome, pause_before
from server.reminders.wording import said, trial

log = structlog.get_logger("legwork.reminders")

MOST_ATTEMPTS: Final = 12  # of what is not worth reading any more, or can go by e-mail instead
GIVEN_UP: Final = f"given up after {MOST_ATTEMPTS} attempts"
IN_ORDER: Final = list(KIND_NAMED)
# When a delivery is tried again whose person does not want to hear now.
LOOKED_AT_AGAIN: Final = timedelta(minutes=15)


def take(
    session: Session, settings: Settings, ids: Sequence[str], now: datetime, *, origin: str, server_key: str
) -> list[ToSend]:
    """What is to be sent for these claimed deliveries. Withdraws those that are no longer true, and postpones those
    whose person does not want to hear now."""
    claimed = claimed_of(session, ids)
    if not claimed:
        return []
    desk = desk_for(session, settings, now, origin, server_key, claimed)
    found = [_none_if_it_breaks(_to_send, desk, delivery) for delivery in claimed]
    found += [_none_if_it_breaks(_letter_of, desk, user_id) for user_id in desk.for_letters]
    _withdraw(desk)
    _postpone(desk)
    if settings.sends_mail and desk.unreachable:
        fall_back_to_mail(session, desk.unreachable, now)
    return [to_send for to_send in found if to_send is not None]


def _none_if_it_breaks(make: Callable[[Desk, Any], ToSend | None], desk: Desk, about: Any) -> ToSend | None:
    """An error in one message must not keep the others of its batch from being sent. The broken one is claimed again,
    and given up after MOST_ATTEMPTS."""
    try:
        return make(desk, about)
    except Exception:
        log.exception("reminder_cannot_be_said")
        return None


def _to_send(desk: Desk, delivery: Claimed) -> ToSend | None:
    """None if it is withdrawn or has to wait, or goes by e-mail: those are gathered in `desk.for_letters`."""
    # Each attempt ended without an outcome, such as by an error in its message.
    if delivery.attempts > MOST_ATTEMPTS and delivery.answer is None:
        desk.withdraw(delivery, GIVEN_UP)
        return None
    person = desk.people.get(delivery.user_id)
    if person is None:
        desk.withdraw(delivery, "its reader has left")
        return None
    if delivery.subscription_id is None:
        if rows := _rows_to_tell(desk, delivery, person):
            desk.for_letters[delivery.user_id].append((delivery, rows))
        return None
    browser = desk.browsers.get(delivery.subscription_id)
    if browser is None or browser.user_id != delivery.user_id:
        desk.unreachable.append(delivery.notification_id)
        desk.withdraw(delivery, "the browser is signed out or gone")
        return None
    return _push_of(desk, delivery, person, browser)


def _push_of(desk: Desk, delivery: Claimed, person: Person, browser: Browser) -> ToPush | None:
    if delivery.kind == TRIAL:
        spoken, days = trial(person), 0
    else:
        rows = _rows_to_tell(desk, delivery, person)
        if not rows:
            return None
        earlier = desk.earlier.get(delivery.notification_id, ())
        rows = rows + [row for id_ in earlier for row in desk.due.get(id_, ())]
        spoken = _with_revision(desk, person, said(delivery.kind, rows, person, desk.now))
        days = KIND_NAMED[delivery.kind].useful_days
    noted_on = person.day_of(delivery.due_at)
    made = message(
        delivery.kind,
        topic(delivery.kind, delivery.notification_id, noted_on, days),
        spoken,
        person,
        desk.now,
        origin=desk.origin,
        days=days,
        badge=desk.badges.get(person.user.id),
    )
    return ToPush((delivery,), browser, made)


def _with_revision(desk: Desk, person: Person, spoken: Said) -> Said:
    """Adds the revision from which on a phone knows the rows that are told. A phone that has not pulled so far, or that
    never gets one of the rows, must not take down the notification because it does not find them: without a revision
    it leaves it alone."""
    revs = [desk.revs.get((person.user.id, id_)) for id_ in spoken.about.get("of", ())]
    known = [rev for rev in revs if rev is not None]
    if not revs or len(known) < len(revs):
        return spoken
    return replace(spoken, about={**spoken.about, "rev": max(known)})


def _letter_of(desk: Desk, user_id: str) -> ToMail:
    """One e-mail with all that waits for this person, in the order of KINDS."""
    gathered = sorted(desk.for_letters[user_id], key=lambda one: IN_ORDER.index(one[0].kind))
    deliveries = tuple(delivery for delivery, _ in gathered)
    told = [(delivery.kind, rows) for delivery, rows in gathered]
    post = Post(desk.origin, desk.settings.sender, desk.now)
    ids = [delivery.id for delivery in deliveries]
    return ToMail(deliveries, letter(told, desk.people[user_id], ids, post))


def _rows_to_tell(desk: Desk, delivery: Claimed, person: Person) -> list[Row[Any]]:
    """The rows that are still due. None of them if the delivery is withdrawn or has to wait."""
    kind, rows = KIND_NAMED[delivery.kind], desk.due.get(delivery.notification_id, [])
    if not rows or not person.wants(kind.name):
        desk.withdraw(delivery, "not due any more")
        return []
    if not person.hears(desk.now, kind.any_day):
        desk.postponed[desk.now + LOOKED_AT_AGAIN].append(delivery.id)
        return []
    written_to_at = desk.written_to_at.get(delivery.user_id) if delivery.subscription_id is None else None
    if written_to_at is not None:  # so what comes due meanwhile is in the same e-mail
        desk.postponed[written_to_at + APART].append(delivery.id)
        return []
    return rows


def _withdraw(desk: Desk) -> None:
    for why, ids in desk.withdrawn.items():
        ended = {"failed_at" if why == GIVEN_UP else "withdrawn_at": desk.now}
        desk.session.execute(update(Delivery).where(col(Delivery.id).in_(ids)).values(answer=why, **ended))


def _postpone(desk: Desk) -> None:
    """Gives back the attempt that claiming has counted: nothing was sent."""
    for until, ids in desk.postponed.items():
        desk.session.execute(
            update(Delivery)
            .where(col(Delivery.id).in_(ids))
            .values(attempts=Delivery.attempts - 1, next_try_at=until)
        )


def settle(
    session: Session,
    settings: Settings,
    outcomes: Sequence[tuple[ToSend, Outcome]],
    now: datetime,
    dice: random.Random,
) -> None:
    """Notes what became of each message: delivered, failed, or when to try again. What cannot be pushed goes by e-mail
    where the settings have a mail server."""
    _note_delivered(
        [(sent, outcome) for sent, outcome in outcomes if outcome.kind == "delivered"], session, now
    )
    for sent, outcome in outcomes:
        if outcome.kind == "delivered":
            continue
        if outcome is NOT_SENT:
            _note_not_sent(sent, session)
            continue
        again_at = now + pause_before(max(one.attempts for one in sent.deliveries), outcome.pause, dice)
        by_mail_instead = settings.sends_mail and isinstance(sent, ToPush)
        for delivery in sent.deliveries:
            session.execute(
                update(Delivery)
                .where(col(Delivery.id) == delivery.id, col(Delivery.attempts) == delivery.attempts)
                .values(
                    answer=outcome.answer[:200],
                    **_end_or_again(delivery, outcome, now, again_at, by_mail_instead),
                )
            )
        if isinstance(sent, ToPush):
            _note_browser(session, sent.subscription.id, outcome, now)
    lost = [
        delivery.notification_id
        for sent, outcome in outcomes
        for delivery in sent.deliveries
        if outcome.kind in ("gone", "wrong", "later")
    ]
    if settings.sends_mail and lost:
        fall_back_to_mail(session, lost, now)


def _note_delivered(sent: Sequence[tuple[ToSend, Outcome]], session: Session, now: datetime) -> None:
    """Most outcomes are deliveries, so they are written together:
    a statement for each pair of answer and attempts, and one for their browsers."""
    alike: dict[tuple[str, int], list[str]] = defaultdict(list)
    for one, outcome in sent:
        for delivery in one.deliveries:
            alike[outcome.answer[:200], delivery.attempts].append(delivery.id)
    for (answer, attempts), ids in alike.items():
        session.execute(
            update(Delivery)
            .where(col(Delivery.id).in_(ids), col(Delivery.attempts) == attempts)
            .values(answer=answer, delivered_at=now)
        )
    browsers = [one.subscription.id for one, _ in sent if isinstance(one, ToPush)]
    if browsers:
        well = {"delivered_at": now, "refused_at": None, "refusal": None}
        session.execute(update(PushSubscription).where(col(PushSubscription.id).in_(browsers)).values(**well))


def _note_not_sent(sent: ToSend, session: Session) -> None:
    """Gives back the attempt that claiming has counted. Otherwise, while push services hang, a delivery would be given
    up without ever having been sent."""
    for one in sent.deliveries:
        still_ours = col(Delivery.id) == one.id, col(Delivery.attempts) == one.attempts
        session.execute(update(Delivery).where(*still_ours).values(attempts=Delivery.attempts - 1))


def _end_or_again(
    delivery: Claimed, outcome: Outcome, now: datetime, again_at: datetime, by_mail_instead: bool
) -> dict[str, datetime]:
    """The column to set: when to try again, or that it has failed. An unsure outcome is tried again only once."""
    again = outcome.kind == "later" or (outcome.kind == "unsure" and delivery.answer != outcome.answer)
    in_vain = delivery.attempts >= MOST_ATTEMPTS and (by_mail_instead or not _is_worth_reading(delivery, now))
    return {"next_try_at": again_at} if again and not in_vain else {"failed_at": now}


def _is_worth_reading(delivery: Claimed, now: datetime) -> bool:
    """A server may have no line for a day. Whatever is done meanwhile is withdrawn."""
    kind = KIND_NAMED.get(delivery.kind)
    return kind is not None and now - delivery.due_at < (kind.useful_days + 1) * DAY


def _note_browser(session: Session, browser_id: str, outcome: Outcome, now: datetime) -> None:
    this = col(PushSubscription.id) == browser_id
    if outcome.kind == "gone":
        session.execute(delete(PushSubscription).where(this))
    elif outcome.kind == "wrong":
        refused = {"refused_at": now, "refusal": outcome.answer[:200]}
        session.execute(update(PushSubscription).where(this).values(**refused))
