"""Rules that every committed file keeps. Each rule is also shown a file that breaks it, to see that it works."""

import json
import re
import subprocess
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from os.path import normpath
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = (".py", ".js", ".html", ".css")
LONGEST = 300
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|coming soon)\b")
SWITCHED_OFF = re.compile(
    r"mark\.(skip|xfail)|pytest\.skip\(|importorskip|\b(test|it|describe)\.(skip|todo)\b|time\.sleep\([1-9]"
)
OURS = re.compile(r"^(?:from|import) (?:server|sync)\b", re.MULTILINE)
IMPORTED = re.compile(r'^(?:(?:import|export) .*)?(?:from|import) "(\.[^"]+)"', re.MULTILINE)
MACROS = re.compile(r'{% from "[^"]+" import (.+?) %}')
ADDRESS = re.compile(r"https?://(?!127\.0\.0\.1|localhost)")
LOCK_AND_BUILD = re.compile(
    r"requirements[^/]*\.txt|package-lock\.json|package\.json|pyproject\.toml|\.npmrc|Makefile|\.ci/.*|.*Dockerfile"
)
THIS_FILE = "tests/test_repository.py"  # not examined, because it names what it looks for


def committed() -> list[str]:
    """Tracked files, and new ones that are not ignored; without those that were removed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(
        name for name in listing.split("\0") if name and (ROOT / name).is_file() and name != THIS_FILE
    )


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def complaints(name: str, content: str) -> list[str]:
    """What is wrong with one file."""
    found = [f"says {match.group()}" for match in UNFINISHED.finditer(content) if name.endswith(SOURCE)]
    if name.startswith("tests/"):
        found += [f"does not test: {match.group()}" for match in SWITCHED_OFF.finditer(content)]
    elif name.endswith((".py", ".js")) and not name.startswith("migrations/"):
        lines = content.count("\n")
        found += [f"has {lines} lines, more than {LONGEST}"] if lines > LONGEST else []
    if name.startswith("migrations/versions/") and OURS.search(content):
        found.append("depends on code that may change; a migration has to do the same for ever")
    if LOCK_AND_BUILD.fullmatch(name) and ADDRESS.search(content):
        found.append("names an address; packages are asked for by name")
    if name.endswith(".html"):
        macros = [macro for imported in MACROS.findall(content) for macro in imported.split(", ")]
        found += [f"imports {macro} and never calls it" for macro in macros if f"{macro}(" not in content]
    return found


def test_every_file_keeps_the_promises() -> None:
    sources = [name for name in committed() if name.endswith(SOURCE) or LOCK_AND_BUILD.fullmatch(name)]
    assert len(sources) > 20
    assert {name: wrong for name in sources if (wrong := complaints(name, text(name)))} == {}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("server/visits.py", "# TODO: later\n"),
        ("pwa/app.js", "\n" * 301),
        ("tests/test_visits.py", "@pytest.mark.skip\n"),
        ("tests/pwa/visits.test.js", "test.skip('later')\n"),
        ("migrations/versions/0001_visits.py", "from server.likeness import keys_of\n"),
        ("templates/today.html", '{% from "parts/rows.html" import initial, tag %}{{ tag(name) }}\n'),
        ("package-lock.json", '{"resolved": "https://packages.example/a.tgz"}'),
        ("requirements-dev.txt", "--index-url https://packages.example/simple\n"),
    ],
)
def test_a_broken_promise_is_found(name: str, content: str) -> None:
    assert complaints(name, content)


def in_order_of_imports(modules: Mapping[str, str]) -> list[str]:
    """Raises CycleError if one of these JavaScript modules imports itself by way of others."""
    imported = {
        name: {normpath(PurePosixPath(name).parent / path) for path in IMPORTED.findall(content)}
        for name, content in modules.items()
    }
    return list(TopologicalSorter(imported).static_order())


def test_modules_of_the_phone_do_not_import_each_other_in_a_circle() -> None:
    modules = {name: text(name) for name in committed() if re.match(r"(pwa|sync)/.*\.js$", name)}
    order = in_order_of_imports(modules)
    assert order.index("sync/ports.js") < order.index("pwa/phone.js") < order.index("pwa/service_worker.js")
    circle = {"pwa/one.js": 'import { two } from "./two.js";\n', "pwa/two.js": 'import "../pwa/one.js";\n'}
    with pytest.raises(CycleError):
        in_order_of_imports(circle)


def test_every_locked_package_has_its_hash() -> None:
    packages = json.loads(text("package-lock.json"))["packages"]
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []
    for lock in ROOT.glob("requirements*.txt"):
        for pin in re.split(r"\n(?=[a-z])", lock.read_text()):
            assert "--hash=sha256:" in pin, f"{lock.name}: {pin.splitlines()[0]}"
