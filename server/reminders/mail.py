"""One e-mail about all that waits for a person, kind by kind, in plain text and in simple HTML. Whatever people typed
stays in one line, so that no name can forge a header or a paragraph."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Row

from server.reminders.person import Person
from server.reminders.saying import Line
from server.reminders.wording import lines, said
from server.render import render
from server.translations import Translator

MOST_LINES: Final = 50
IN_SUBJECT: Final = 3
POLICY: Final = SMTP.clone(cte_type="7bit")  # every mail server takes 7 bits


@dataclass(frozen=True)
class Post:
    """`origin`: https://legwork.example.com, which links begin with. `sender`: an e-mail address."""

    origin: str
    sender: str
    now: datetime


@dataclass(frozen=True)
class Letter:
    sender: str
    to: str
    content: bytes


Told = Sequence[tuple[str, Sequence[Row[Any]]]]  # kinds, and what is to be said of each


def letter(told: Told, person: Person, delivery_ids: Sequence[str], post: Post) -> Letter:
    sections = [_section(kind, rows, person, post) for kind, rows in told]
    made = EmailMessage(POLICY.clone(utf8=is_abroad(post.sender, person.user.email)))
    made["Message-ID"] = f"<{_named(delivery_ids)}@{urlsplit(post.origin).hostname}>"
    made["Date"] = post.now
    made["From"] = Address("Legwork", addr_spec=post.sender)
    made["To"] = _recipient(person)
    view = _view(sections, person, post.origin)
    made["Subject"] = _header(view["title"])
    made["Auto-Submitted"] = "auto-generated"
    made["List-Unsubscribe"] = f"<{post.origin}/more/reminders>"
    made.set_content(_plain(view))
    made.add_alternative(render("server_only/mail.html", view, person.t.locale), subtype="html")
    return Letter(post.sender, person.user.email, made.as_bytes())


def is_abroad(*addresses: str) -> bool:
    """Whether an address has letters beyond ASCII. The message then needs RFC 6531 (SMTPUTF8): its headers are UTF-8,
    and not every mail server takes it."""
    return not "".join(addresses).isascii()


def _named(delivery_ids: Sequence[str]) -> str:
    """The left side of Message-ID. It is the same for each attempt, so that mail programs show a message that came
    twice only once; and another for an e-mail about more deliveries."""
    first, *others = sorted(delivery_ids)
    return f"{first}.{hashlib.sha256(''.join(others).encode()).hexdigest()[:16]}" if others else first


def printable_line(text: str) -> str:
    """The text in one line, without invisible characters:
    line ends, half surrogate pairs, marks that turn direction."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _recipient(person: Person) -> Address:
    name, _, domain = person.user.email.rpartition("@")
    return Address(_header(printable_line(person.user.name)), _header(name), _header(domain))


def _header(text: str) -> str:
    """Python decodes encoded words (RFC 2047) in a header's value and writes what they hold, even line ends. So "=?",
    with which they begin, is broken up."""
    return text.replace("=?", "= ?")


def _section(kind: str, rows: Sequence[Row[Any]], person: Person, post: Post) -> dict[str, Any]:
    t, spoken = person.t, said(kind, rows, person, post.now)
    is_listed = len(rows) > 1 and not person.wishes.discreet
    listed: Sequence[Line] = lines(kind, rows[:MOST_LINES], person, post.now) if is_listed else ()
    more = len(rows) - len(listed) if is_listed else 0
    return {
        "title": printable_line(spoken.title),
        "body": "" if is_listed else printable_line(spoken.body),
        "lines": [{"text": printable_line(line.text), "href": post.origin + line.path} for line in listed],
        "more": t.n("and %(n)s more", "and %(n)s more", more) if more else "",
        "href": post.origin + spoken.path,
    }


def _view(sections: Sequence[dict[str, Any]], person: Person, origin: str) -> dict[str, Any]:
    t = person.t
    return {
        "locale": t.locale,
        "title": _subject(list(dict.fromkeys(section["title"] for section in sections)), t),
        "sections": sections,
        "open": t("Open in Legwork"),
        "why": t("You get this because you are reminded by email."),
        "change": t("Change when and of what"),
        "settings": f"{origin}/more/reminders",
    }


def _subject(titles: list[str], t: Translator) -> str:
    more = len(titles) - IN_SUBJECT
    said = [*titles[:IN_SUBJECT], *([t.n("and %(n)s more", "and %(n)s more", more)] if more > 0 else [])]
    return " · ".join(said)


def _plain(view: dict[str, Any]) -> str:
    paragraphs = [
        paragraph for section in view["sections"] for paragraph in _paragraphs(section, view["open"])
    ]
    paragraphs.append(f"-- \n{view['why']}\n{view['change']}\n{view['settings']}")
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _paragraphs(section: dict[str, Any], open_: str) -> list[str]:
    listed = [f"- {line['text']}\n  {line['href']}" for line in section["lines"]]
    return [
        section["title"],
        section["body"],
        "\n".join([*listed, *filter(None, [section["more"]])]),
        f"{open_}\n{section['href']}",
    ]
