"""Sending a message to a push service, and what its answer means."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
import structlog

from server.reminders.destination import Destinations, Forbidden, PinnedResolver
from server.reminders.encryption import Encrypted

MOST_SECONDS: Final = 20  # from looking up the name to the end of the answer
WITHIN: Final = aiohttp.ClientTimeout(total=MOST_SECONDS, connect=8)
MOST_AT_ONCE: Final = 50  # connections
MOST_OF_AN_ANSWER: Final = 1024  # bytes that are read
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=1)  # of those that grow by themselves
LONGEST_WISH: Final = timedelta(days=1)  # of those that a push service asks for


@dataclass(frozen=True)
class Outcome:
    """`kind`:

    delivered: the push service or mail server took it.
    gone: the browser is not there any more.
    later: it is to be tried again.
    wrong: it was refused, and trying again would not help: the settings or the code need mending.
    unsure: nobody knows whether it was taken; it is sent once more, and not a third time.
    not sent: the claim would have ended before the answer; it does not count as an attempt.
    """

    kind: str
    answer: str  # as an admin reads it: 410 Gone
    pause: timedelta | None = None  # as the push service asked for


NOT_SENT: Final = Outcome("not sent", "")
log = structlog.get_logger()


def open_client(
    destinations: Destinations,
    resolver: PinnedResolver | None = None,
    within: aiohttp.ClientTimeout = WITHIN,
) -> aiohttp.ClientSession:
    """A client without cookies and without the environment's proxy, that resolves names by PinnedResolver."""
    connector = aiohttp.TCPConnector(
        limit=MOST_AT_ONCE,
        resolver=resolver or PinnedResolver(destinations),
        use_dns_cache=False,  # so that each connection's address is checked
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=within,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )


async def send(
    client: aiohttp.ClientSession, destinations: Destinations, message: Encrypted, now: datetime
) -> Outcome:
    try:
        destinations.check(message.endpoint)
        async with client.post(
            message.endpoint, data=message.body, headers=message.headers, allow_redirects=False
        ) as answer:
            told = await answer.content.read(MOST_OF_AN_ANSWER)
            if not answer.content.at_eof():
                answer.close()  # do not wait for the rest, which may never end
            return _meaning(answer.status, told, answer.headers.get("Retry-After"), now)
    except Forbidden as error:
        return Outcome("wrong", str(error))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        if isinstance(error.__cause__, Forbidden):
            return Outcome("wrong", str(error.__cause__))
        return Outcome("later", type(error).__name__)
    except Exception as error:  # an error at one address must not keep messages from the others
        log.error("push_broke", exc_info=error)
        return Outcome("wrong", type(error).__name__)


def _meaning(status: int, told: bytes, retry_after: str | None, now: datetime) -> Outcome:
    answer = f"{status} {told[:100].decode(errors='replace')}".strip()
    if 200 <= status < 300:
        return Outcome("delivered", answer)
    if status in (404, 410):
        return Outcome("gone", answer)
    if status in (408, 429) or status >= 500:
        return Outcome("later", answer, _asked_pause(retry_after, now))
    return Outcome("wrong", answer)  # redirects, too


def _asked_pause(retry_after: str | None, now: datetime) -> timedelta | None:
    """The pause of a Retry-After header, which holds seconds or a date; None if it holds neither."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        pause = timedelta(seconds=min(int(retry_after[:9]), LONGEST_WISH.total_seconds()))
    else:
        try:
            at = parsedate_to_datetime(retry_after)
        except (ValueError, OverflowError):
            return None
        pause = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(pause, timedelta(0)), LONGEST_WISH)


def pause_before(attempts: int, asked: timedelta | None, dice: random.Random) -> timedelta:
    """How long to wait before the next attempt: twice as long each time, at least as long as the push service asked,
    and up to half as long again at random, so that messages that failed together are not all tried at once."""
    grown = min(FIRST_PAUSE * 2 ** min(attempts - 1, 12), LONGEST_PAUSE)
    base: timedelta = max(grown, asked or timedelta(0))
    return base + base * dice.random() / 2
