"""Translations: the English text is the key, and server/locales/*.po hold the other languages.

    t = translator("zh-Hans")
    t("Signed in as %(name)s", name="Mei")
    t.n("%(n)s visit", "%(n)s visits", 3)

Twin of pwa/translations.js. `python -m server.msgids` lists what is to be translated;
`python -m server.msgids update` brings the .po files up to date.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from server.printable import printable

LOCALES: Final = ("en", "zh-Hans")
LOCALES_DIR: Final = Path(__file__).parent / "locales"

Messages = Mapping[str, str | tuple[str, ...]]


class Translator:
    def __init__(self, locale: str, messages: Messages) -> None:
        self.locale = locale
        self._messages = messages

    def __call__(self, msgid: str, /, **values: object) -> str:
        return filled(self.text(msgid), values)

    def n(self, singular: str, plural: str, count: int, /, **values: object) -> str:
        return filled(self.plural(singular, plural, count), {"n": count, **values})

    def text(self, msgid: str) -> str:
        found = self._messages.get(msgid, msgid)
        return found if isinstance(found, str) else found[0]

    def plural(self, singular: str, plural: str, count: int) -> str:
        """The form for this count. English has two forms, Chinese one; a language with more needs a rule here."""
        found = self._messages.get(singular)
        if found is not None:
            return found if isinstance(found, str) else found[0]
        return singular if count == 1 else plural


def msgid(text: str) -> str:
    """Marks a text as one to translate, if it is written elsewhere than where `t(…)` is called. Returns it as it is."""
    return text


def filled(text: str, values: Mapping[str, object]) -> str:
    return text % {name: printable(value) for name, value in values.items()}


@cache
def translator(locale: str) -> Translator:
    if locale not in LOCALES:
        raise ValueError(f"no such locale: {locale!r}")
    return Translator(locale, read_messages(locale))


def english_of(said: str) -> str:
    """The English of a translated text; the text itself if it is no translation."""
    return _keys().get(said, said)


@cache
def _keys() -> dict[str, str]:
    return {
        text: key
        for locale in LOCALES
        for key, text in read_messages(locale).items()
        if isinstance(text, str)
    }


def read_messages(locale: str) -> dict[str, str | tuple[str, ...]]:
    """Translations by their English. Empty ones are left out, so that the English is shown."""
    if locale == "en":
        return {}
    found: dict[str, str | tuple[str, ...]] = {}
    for message in read_catalog(locale):
        translation = message.string
        if message.id and translation and all(translation):
            found[english(message)] = translation if isinstance(translation, str) else tuple(translation)
    return found


def read_catalog(locale: str) -> Catalog:
    with po_file(locale).open("rb") as file:
        return read_po(file, locale=locale.replace("-", "_"), abort_invalid=True)


def english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def po_file(locale: str) -> Path:
    return LOCALES_DIR / f"{locale.replace('-', '_')}.po"


def negotiate(accept_language: str | None) -> str:
    """The first of our locales that the browser asks for. Any Chinese counts as Simplified Chinese."""
    for tag in _wanted_tags(accept_language or ""):
        language = tag.split("-")[0].lower()
        if language == "zh":
            return "zh-Hans"
        if language == "en":
            return "en"
    return "en"


def _wanted_tags(header: str) -> list[str]:
    wanted: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:
        tag, _, parameters = part.strip().partition(";")
        weight = _weight(parameters)
        if tag and weight > 0:
            wanted.append((weight, tag.strip()))
    return [tag for _, tag in sorted(wanted, key=lambda pair: -pair[0])]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0  # an unreadable weight: the language is ignored
