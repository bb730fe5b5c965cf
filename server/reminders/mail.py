"""One e-mail about everything of its kind, in plain text and in simple HTML. No name gets out of its line."""

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
from server.reminders.wording import Line, Said, lines, said
from server.render import render

MOST_LINES: Final = 50
POLICY: Final = SMTP.clone(cte_type="7bit")  # any server takes it


@dataclass(frozen=True)
class Post:
    """From where and whom, when. `origin`: https://legwork.example.com."""

    origin: str
    sender: str
    now: datetime


@dataclass(frozen=True)
class Letter:
    sender: str
    to: str
    content: bytes


def letter(kind: str, rows: Sequence[Row[Any]], person: Person, delivery_id: str, post: Post) -> Letter:
    spoken = said(kind, rows, person, post.now)
    listed = (
        () if person.wishes.discreet or len(rows) < 2 else lines(kind, rows[:MOST_LINES], person, post.now)
    )
    made = EmailMessage(POLICY)
    # The same for each attempt: whoever gets it twice sees it once.
    made["Message-ID"] = f"<{delivery_id}@{urlsplit(post.origin).hostname}>"
    made["Date"] = post.now
    made["From"] = Address("Legwork", addr_spec=post.sender)
    made["To"] = _recipient(person)
    made["Subject"] = printable_line(spoken.title)
    made["Auto-Submitted"] = "auto-generated"
    made["List-Unsubscribe"] = f"<{post.origin}/more/reminders>"
    view = _view(spoken, listed, len(rows), person, post.origin)
    made.set_content(_plain(view))
    made.add_alternative(render("server_only/mail.html", view, person.t.locale), subtype="html")
    return Letter(post.sender, person.user.email, made.as_bytes())


def printable_line(text: str) -> str:
    """In one line, without what cannot be seen: line ends, half letters, marks that turn the direction."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _recipient(person: Person) -> Address:
    name, _, domain = person.user.email.rpartition("@")
    return Address(printable_line(person.user.name), name, domain)


def _view(said: Said, listed: Sequence[Line], count: int, person: Person, origin: str) -> dict[str, Any]:
    t = person.t
    more = count - len(listed) if listed else 0
    return {
        "locale": t.locale,
        "title": printable_line(said.title),
        "body": "" if listed else printable_line(said.body),
        "lines": [{"text": printable_line(line.text), "href": origin + line.path} for line in listed],
        "more": t.n("and %(n)s more", "and %(n)s more", more) if more else "",
        "open": t("Open in Legwork"),
        "href": origin + said.path,
        "why": t("You get this because you are reminded by e-mail."),
        "change": t("Change when and of what"),
        "settings": f"{origin}/more/reminders",
    }


def _plain(view: dict[str, Any]) -> str:
    listed = [f"- {line['text']}\n  {line['href']}" for line in view["lines"]]
    paragraphs = [
        view["title"],
        view["body"],
        "\n".join([*listed, *filter(None, [view["more"]])]),
        f"{view['open']}: {view['href']}",
        f"-- \n{view['why']} {view['change']}: {view['settings']}",
    ]
    return "\n\n".join(filter(None, paragraphs)) + "\n"
