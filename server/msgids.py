"""Finds every text to translate (msgid) in templates, Python and JavaScript, and updates the .po files."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from jinja2 import nodes

from server.render import ROOT, TEMPLATES, make_environment
from server.translations import LOCALES, english, po_file, read_catalog, translator

PYTHON_FOLDERS: Final = ("server", "sync", "pwa")
JAVASCRIPT_FOLDERS: Final = ("sync", "pwa")
PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s|%%")
STRING: Final = r'"(?:[^"\\\n]|\\.)*"'
JAVASCRIPT_CALL: Final = re.compile(rf"\b(?:t|msgid|t\.n)\(\s*(?:({STRING})(?:,\s*({STRING}))?\s*[,)]|['`+])")
JAVASCRIPT_TABLE: Final = re.compile(
    r"^(?:export )?const \w*SENTENCES = .*?\{\n(.*?)^\}", re.MULTILINE | re.DOTALL
)
JAVASCRIPT_ENTRY: Final = re.compile(rf"^\s*\w+:\s*({STRING}),?$", re.MULTILINE)
HEADER: Final = """\
# Legwork in Simplified Chinese. Written by `python -m server.msgids update`; the Chinese by people.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: zh_Hans\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


@dataclass(frozen=True, order=True)
class Msgid:
    text: str
    plural: str | None
    place: str
    on_phone: bool


def find_msgids(root: Path = ROOT) -> list[Msgid]:
    own = [*_in_templates(root / "templates", on_phone=False), *_in_python(root)]
    return sorted(own + find_phone_msgids(root), key=lambda message: (message.text, message.place))


def find_phone_msgids(root: Path = ROOT) -> list[Msgid]:
    """The texts that the phone needs."""
    return [*_in_templates(root / "templates", on_phone=True), *_in_javascript(root)]


def placeholders(text: str) -> set[str]:
    return {name for name in PLACEHOLDER.findall(text) if name}


def stray_percent(text: str) -> bool:
    """A bare % would be read as the start of a placeholder: it is written %%."""
    return "%" in PLACEHOLDER.sub("", text)


def _in_templates(folder: Path, *, on_phone: bool) -> Iterator[Msgid]:
    environment = make_environment(TEMPLATES, translator("en"))
    for path in sorted(folder.rglob("*.html")):
        name = path.relative_to(folder).as_posix()
        if name.startswith("server_only/") == on_phone:
            continue
        for call in environment.parse(path.read_text(), name).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "ngettext"):
                texts = tuple(arg.value for arg in call.args if isinstance(arg, nodes.Const))
                wanted = texts[: 1 if call.node.name == "_" else 2]
                yield _msgid(wanted, f"templates/{name}:{call.lineno}", on_phone)


def _in_python(root: Path) -> Iterator[Msgid]:
    for folder in PYTHON_FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            place = path.relative_to(root).as_posix()
            for node in ast.walk(ast.parse(path.read_text(), str(path))):
                for texts in _texts_of(node):
                    yield _msgid(texts, f"{place}:{getattr(node, 'lineno', 0)}", False)


def _texts_of(node: ast.AST) -> list[tuple[str, ...]]:
    """The texts of a call such as t("…"), or of a dict whose name ends with SENTENCES."""
    match node:
        case ast.Call(func=ast.Name("t" | "_" | "msgid") | ast.Attribute(attr="t"), args=args):
            return [(text,) for text in _strings(args[:1])]
        case ast.Call(func=ast.Attribute(value=ast.Name("t") | ast.Attribute(attr="t"), attr="n"), args=args):
            return [_strings(args[:2])]
        case ast.Assign(targets=[ast.Name(name)], value=ast.Dict(values=values)) if name.endswith(
            "SENTENCES"
        ):
            return [(text,) for text in _strings(values)]
        case ast.AnnAssign(target=ast.Name(name), value=ast.Dict(values=values)) if name.endswith(
            "SENTENCES"
        ):
            return [(text,) for text in _strings(values)]
    return []


def _strings(expressions: list[ast.expr]) -> tuple[str, ...]:
    constants = (expression.value for expression in expressions if isinstance(expression, ast.Constant))
    return tuple(value for value in constants if isinstance(value, str))


def _in_javascript(root: Path) -> Iterator[Msgid]:
    for folder in JAVASCRIPT_FOLDERS:
        for path in sorted((root / folder).rglob("*.js")):
            source, place = path.read_text(), path.relative_to(root).as_posix()
            for call in JAVASCRIPT_CALL.finditer(source):
                if not _is_comment(source, call):
                    yield _msgid(_javascript_texts(call), f"{place}:{_line(source, call)}", True)
            for table in JAVASCRIPT_TABLE.finditer(source):
                for entry in JAVASCRIPT_ENTRY.finditer(table[1]):
                    yield _msgid((_unquoted(entry[1]),), f"{place}:{_line(source, table)}", True)


def _javascript_texts(call: re.Match[str]) -> tuple[str, ...]:
    return tuple(_unquoted(text) for text in call.groups() if text)


def _is_comment(source: str, match: re.Match[str]) -> bool:
    line = source[source.rfind("\n", 0, match.start()) + 1 : match.start()].lstrip()
    return line.startswith(("*", "//", "/*"))


def _unquoted(text: str) -> str:
    unquoted: str = json.loads(text)
    return unquoted


def _line(source: str, match: re.Match[str]) -> int:
    return source.count("\n", 0, match.start()) + 1


def _msgid(texts: tuple[str, ...], place: str, on_phone: bool) -> Msgid:
    if not texts:
        raise ValueError(f"{place}: write the text out where it is said, in one piece and double quotes")
    return Msgid(texts[0], texts[1] if len(texts) > 1 else None, place, on_phone)


def update(locale: str, found: list[Msgid]) -> tuple[int, int]:
    """Adds missing texts, with an empty translation, and removes those that are no longer used.
    Returns how many of each."""
    old = {english(message): message for message in read_catalog(locale) if message.id}
    new = Catalog(locale=locale.replace("-", "_"))
    plurals = {message.text: message.plural for message in found if message.plural}
    texts = {message.text for message in found}
    for text in sorted(texts):
        plural = plurals.get(text)
        kept = old[text].string if text in old else None
        forms = (kept,) if isinstance(kept, str) else kept
        first = forms[0] if forms else ""
        new.add((text, plural) if plural else text, (first,) if plural else first)
    with po_file(locale).open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, new, width=110, sort_output=True, no_location=True, omit_header=True)
    return len(texts - old.keys()), len(old.keys() - texts)


@click.command()
@click.argument("action", type=click.Choice(["list", "update"]), default="list")
def main(action: str) -> None:
    """Lists every text to translate with its place, or brings the .po files in step with them."""
    found = find_msgids()
    if action == "list":
        click.echo("\n".join(f"{message.place}: {message.text!r}" for message in found))
        return
    for locale in LOCALES[1:]:
        added, removed = update(locale, found)
        click.echo(f"{po_file(locale).name}: {added} added, {removed} removed")


if __name__ == "__main__":
    main()
