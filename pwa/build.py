"""`python -m pwa.build`: makes everything that browsers get, from pwa/, sync/, templates/ and node_modules/.

build/generated/   modules the phone's sources import: templates, icons, assets, changes, replica
build/static/      files with a hash of their content in their names, and a Brotli and a gzip copy of each text
build/manifest.json, build/icons.json, build/service_worker.js   for server/render.py and the route of the worker

Three modules are served, app.js, later.js and the service worker, each with all it imports bundled in
(docs/decisions/0006).
"""

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import click
from jinja2 import nodes

from pwa.compile_templates import CompiledTemplates, compile_templates
from pwa.static_files import BuildError, StaticFiles, read
from pwa.template_names import TemplateError
from server.msgids import find_phone_msgids
from server.render import ROOT, make_environment
from server.translations import LOCALES, read_messages, translator

BUDGET_BYTES: Final = 102_000  # docs/decisions/0023
HTMX: Final = "htmx.org/dist/htmx.min.js"
PICTURES: Final = {".png", ".svg", ".ico", ".webp"}
LATER: Final = {"later.js"}  # kept for offline after everything else
# An iPhone asks for it once, when it puts the app on its screen.
NOT_OFFLINE: Final = {"icons/apple-touch-180.png"}
TRANSLATED: Final = LOCALES[1:]  # English is the key
LICENCES: Final = ("htmx.org", "lucide-static")
# Stroke and fill are in the style sheet, because a page has dozens of icons.
SVG: Final = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>'


@dataclass(frozen=True)
class Built:
    urls: dict[str, str]
    precached: list[str]
    sizes: dict[str, int]  # over the wire, of everything a phone needs to be ready to work offline in English

    @property
    def total(self) -> int:
        return sum(self.sizes.values())


def build(root: Path = ROOT) -> Built:
    target = root / "build"
    compiled, named = compile_templates(root / "templates"), literals(root)
    write_generated(root, compiled, named["icon"])
    files = StaticFiles(root, empty_folder(target / "static.new"))
    add_page_files(files)
    check_assets(named["asset"], files.urls)
    module(root, "assets", {name: files.urls[name] for name in sorted(compiled.assets)})
    files.add_bundle(root / "pwa" / "service_worker.js")
    built = write_worker(files, compiled)
    write_json(target / "manifest.json", files.urls)
    files.folder.rename(empty_folder(target / "static"))
    return built


def empty_folder(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def write_generated(root: Path, compiled: CompiledTemplates, icons: dict[str, str]) -> None:
    # Imported only here, because it brings all models of the server along.
    from sync.changes import as_json as changes_as_json

    generated = root / "build" / "generated"
    generated.mkdir(parents=True, exist_ok=True)
    (generated / "templates.js").write_text(compiled.source)
    drawn = {name: drawing(root, name, icons.get(name)) for name in sorted(compiled.icons | set(icons))}
    write_json(root / "build" / "icons.json", {name: SVG.format(inside) for name, inside in drawn.items()})
    module(root, "icons", {"frame": SVG, "drawn": {name: drawn[name] for name in sorted(compiled.icons)}})
    module(root, "changes", changes_as_json(), default=True)
    module(root, "replica", {"shape": shape_of_replica()})


def shape_of_replica() -> int:
    """Another one once the server tells other columns, or phones keep rows in another way (docs/decisions/0034)."""
    from sync import rows  # it brings the models along, as above

    told = {collection: rows.columns_of(collection) for collection in rows.TABLES}
    kept = Path(rows.__file__).with_name("replica_rows.js").read_text()
    return crc32(json.dumps([told, list(rows.LINKS), kept]).encode())


def catalog(root: Path, locale: str) -> bytes:
    """The translations of all texts that a phone can show, as JSON: `[steps, translations]`.

    In the order of their signs. `steps` holds the difference of each sign to the one before, which is shorter.
    """
    said = sorted({message.text for message in find_phone_msgids(root)})
    messages = {
        text: form if isinstance(form, str) else form[0] for text, form in read_messages(locale).items()
    }
    found = {sign_of(text): messages[text] for text in said if text in messages}
    if len(found) < sum(text in messages for text in said):
        raise BuildError(f"two texts have one sign in {locale}: say one of them in other words")
    signs = sorted(found)
    steps = [sign - before for before, sign in pairwise([0, *signs])]
    written = [steps, [found[sign] for sign in signs]]
    return json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode()


def literals(root: Path) -> dict[str, dict[str, str]]:
    """The icons and assets that all templates name by literal text, the server's too: where each was found, by name."""
    environment = make_environment(root / "templates", translator("en"))
    found: dict[str, dict[str, str]] = {"icon": {}, "asset": {}}
    for path in sorted((root / "templates").rglob("*.html")):
        for call in environment.parse(path.read_text()).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in found:
                place = f"{path.relative_to(root).as_posix()}:{call.lineno}"
                if len(call.args) != 1 or not isinstance(call.args[0], nodes.Const):
                    raise BuildError(f"{place}: {call.node.name}() takes one literal text")
                found[call.node.name][str(call.args[0].value)] = place
    return found


def drawing(root: Path, name: str, place: str | None) -> str:
    path = root / "node_modules" / "lucide-static" / "icons" / f"{name}.svg"
    if not path.is_file():
        raise BuildError(f"{place}: lucide-static has no icon {name!r}")
    inside = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), re.DOTALL)
    if inside is None:
        raise BuildError(f"{path} holds no svg")
    return re.sub(r"\s*\n\s*", "", inside[1]).replace(" />", "/>")


def add_page_files(files: StaticFiles) -> None:
    """What pages load. The worker is added later, because it holds the addresses of these."""
    pwa, packages = files.root / "pwa", files.root / "node_modules"
    files.add_bundle(pwa / "app.css")
    files.add_bundle(pwa / "server_only.css")
    files.add_file("htmx.min.js", packages / HTMX)
    for folder in ("icons", "screenshots", "pictures"):
        for path in sorted((pwa / folder).rglob("*")):
            if path.suffix in PICTURES:
                files.add_file(files.name_of(path), path)
    for locale in TRANSLATED:
        name = catalog_of(locale)
        files.add(name, name, catalog(files.root, locale))
    files.add("licences.txt", "licences.txt", licences(packages))
    for page in ("app.js", "later.js"):
        if "build/generated/assets.js" in files.add_bundle(pwa / page):
            raise BuildError(f"{page} imports build/generated/assets.js, which holds the address of {page}")


def licences(packages: Path) -> bytes:
    return (
        b"\n\n".join(name.encode() + b"\n\n" + read(packages / name / "LICENSE").strip() for name in LICENCES)
        + b"\n"
    )


def check_assets(named: dict[str, str], urls: dict[str, str]) -> None:
    for name, place in named.items():
        if name not in urls:
            raise BuildError(f"{place}: there is no asset {name!r}; there are {', '.join(sorted(urls))}")


def write_worker(files: StaticFiles, compiled: CompiledTemplates) -> Built:
    """Writes build/service_worker.js. Its address never changes; the addresses in it do, and so does the version."""
    worker_url = files.urls["service_worker.js"]
    catalogs = {locale: files.urls[catalog_of(locale)] for locale in TRANSLATED}
    kept = compiled.assets - NOT_OFFLINE - LATER
    later = [files.urls[name] for name in sorted(compiled.assets & LATER)]
    precached = sorted(files.urls[name] for name in kept)
    version = hashlib.sha256(json.dumps([precached, worker_url, catalogs, later]).encode()).hexdigest()[:12]
    start = json.dumps({"version": version, "assets": precached, "catalogs": catalogs, "later": later})
    source = f'import {{ start }} from "{worker_url}";\n\nstart({start});\n'
    (files.root / "build" / "service_worker.js").write_text(source)
    names = {*kept, "service_worker.js"}
    return Built(files.urls, precached, {name: wire_size(files, name) for name in sorted(names)})


def sign_of(text: str) -> int:
    """Twin of sign_of in translations.js: 20 bits of a checksum over the lower byte of each letter."""
    return crc32(bytes(ord(letter) & 255 for letter in text)) % 2**20


def catalog_of(locale: str) -> str:
    return f"catalog-{locale}.json"


def wire_size(files: StaticFiles, name: str) -> int:
    path = files.folder / files.urls[name].removeprefix("/static/")
    compressed = path.with_name(f"{path.name}.br")
    return (compressed if compressed.exists() else path).stat().st_size


def module(root: Path, name: str, content: Any, *, default: bool = False) -> None:
    """Writes build/generated/{name}.js, which exports the content.

    Only `changes` is a default export. It keeps its order, because the order of a change's args is that of its errors,
    and the first wrong field gets the focus.
    """
    written = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=not default)
    kind = "Record<string, Record<string, any>>" if default else "Record<string, any>"
    export = (
        f"const {name} = {written};\n\nexport default {name};"
        if default
        else f"export const {name} = {written};"
    )
    path = root / "build" / "generated" / f"{name}.js"
    path.write_text(f"// Written by pwa/build.py\n/** @type {{{kind}}} */\n{export}\n")


def write_json(path: Path, content: dict[str, str]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


@click.command()
def main() -> None:
    """Makes build/ anew, and says what it weighs."""
    try:
        built = build()
    except (BuildError, TemplateError) as error:
        raise click.ClickException(str(error)) from None
    for name, size in sorted(built.sizes.items(), key=lambda pair: -pair[1])[:8]:
        click.echo(f"{size:>7,}  {name}")
    verdict = "within" if built.total <= BUDGET_BYTES else "OVER"
    click.echo(
        f"{built.total:>7,}  bytes for a phone to be ready offline in English, {verdict} the {BUDGET_BYTES:,} allowed"
    )


if __name__ == "__main__":
    main()
