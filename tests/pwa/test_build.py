"""The build gives browsers files named by their content, and refuses what would break on a phone."""

import gzip
import json
import re
import shutil
from itertools import accumulate
from pathlib import Path

import brotli
import pytest

from pwa.build import build, shape_of_replica, sign_of
from pwa.static_files import BuildError
from server.render import ROOT
from sync import rows

PNG = b"\x89PNG not really"
FILES = {
    "templates/page.html": '<link href="{{ asset("app.css") }}"><script src="{{ asset("htmx.min.js") }}"></script>'
    '<script type="module" src="{{ asset("app.js") }}"></script>{{ icon("phone") }}{{ _("Today") }}',
    "templates/server_only/chart.html": '{{ icon("house") }}<img src="{{ asset("icons/app.png") }}">',
    "pwa/later.js": "console.log('later');\n",
    "pwa/app.css": '/* tokens */\n@import "./parts.css";\nbody {\n  color: red;\n}\n',
    "pwa/server_only.css": ".table { color: red; }\n",
    "pwa/parts.css": ".row { /* 64 px */ height: 64px; }\n",
    "pwa/app.js": 'import { toast } from "./page/toast.js";\nimport {\n  ring,\n} from "./page/bell.js";\n'
    "toast(ring);\n",
    "pwa/page/bell.js": "export const ring = 1;\n",
    "pwa/page/toast.js": "/** @param {unknown} text */\nexport function toast(text) {\n  // aloud\n"
    "  console.log(text);\n}\n",
    "pwa/service_worker.js": 'import { render } from "./render.js";\nexport { push } from "../sync/push.js";\n'
    "export const start = (build) => [render, build];\n",
    "pwa/render.js": 'import { templates } from "../build/generated/templates.js";\n'
    'import { assets } from "../build/generated/assets.js";\nexport const render = [templates, assets];\n',
    "pwa/template_runtime.js": "export const [printed, escape] = [1, 2];\n",
    "sync/push.js": "export const push = 1;\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        write(tmp_path / name, content)
    (tmp_path / "pwa" / "icons").mkdir()
    (tmp_path / "pwa" / "icons" / "app.png").write_bytes(PNG)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules", target_is_directory=True)
    return tmp_path


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def served(project: Path, url: str) -> str:
    return (project / "build" / "static" / url.removeprefix("/static/")).read_text()


def test_an_entry_is_served_with_all_it_imports_under_a_hashed_address(project: Path) -> None:
    urls = build(project).urls
    assert re.fullmatch(r"/static/app\.[0-9a-f]{10}\.js", urls["app.js"])
    assert not re.search(r"\bimport\b|aloud|tokens", served(project, urls["app.js"]))
    assert re.search(r"export\{.*\bpush\b.*\}", served(project, urls["service_worker.js"]))


def test_a_change_deep_down_renames_the_entry_that_needs_it_and_nothing_else(project: Path) -> None:
    before = build(project).urls
    write(project / "sync/push.js", "export const push = 2;\n")
    after = build(project).urls
    assert {name for name in before if before[name] != after[name]} == {"service_worker.js"}


def test_the_same_sources_give_the_same_bytes(project: Path, tmp_path: Path) -> None:
    def bytes_of_build() -> dict[str, bytes]:
        folder = project / "build"
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    build(project)
    first = bytes_of_build()
    shutil.rmtree(project / "build")
    build(project)
    assert bytes_of_build() == first


def test_every_text_has_its_compressed_copies(project: Path) -> None:
    urls = build(project).urls
    path = project / "build" / "static" / urls["app.css"].removeprefix("/static/")
    assert brotli.decompress(path.with_name(f"{path.name}.br").read_bytes()) == path.read_bytes()
    assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == path.read_bytes()
    assert path.read_text() == ".row{height:64px}body{color:red}\n"


def test_pictures_are_hashed_and_not_compressed(project: Path) -> None:
    url = build(project).urls["icons/app.png"]
    assert (project / "build" / url.removeprefix("/")).read_bytes() == PNG
    assert not list((project / "build" / "static").glob("app.*.png.*"))


def test_the_worker_starts_with_all_that_pages_load_and_a_version_of_it(project: Path) -> None:
    built = build(project)
    worker = (project / "build" / "service_worker.js").read_text()
    assert f'import {{ start }} from "{built.urls["service_worker.js"]}";' in worker
    start = json.loads(re.search(r"start\((.*)\);", worker, re.DOTALL)[1])  # type: ignore[index]
    page = {"app.css", "app.js", "htmx.min.js"}
    assert set(start["assets"]) == {built.urls[name] for name in page}
    assert start["catalogs"] == {"zh-Hans": built.urls["catalog-zh-Hans.json"]}
    assert set(built.sizes) == page | {"service_worker.js"}
    write(project / "pwa/parts.css", ".row { height: 65px; }\n")
    build(project)
    assert start["version"] not in (project / "build" / "service_worker.js").read_text()


def test_the_phone_gets_the_icons_of_its_own_templates(project: Path) -> None:
    build(project)
    icons = json.loads((project / "build" / "icons.json").read_text())
    assert icons["phone"].startswith('<svg class="icon" viewBox="0 0 24 24"')
    assert 'aria-hidden="true"><path d="' in icons["phone"]
    assert icons["phone"].endswith("/></svg>")
    on_phone = (project / "build" / "generated" / "icons.js").read_text()
    assert '"phone"' in on_phone
    assert '"house"' not in on_phone


def test_the_phone_gets_the_translations_it_can_say_and_the_closed_list_of_changes(project: Path) -> None:
    urls = build(project).urls
    assert '"visit.log"' in (project / "build" / "generated" / "changes.js").read_text()
    steps, texts = json.loads(served(project, urls["catalog-zh-Hans.json"]))
    assert dict(zip(accumulate(steps), texts, strict=True))[sign_of("Today")] == "今天"


def test_the_phone_knows_the_shape_of_rows_which_is_another_with_each_column(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(project)
    shape = shape_of_replica()
    assert f'"shape": {shape}' in (project / "build" / "generated" / "replica.js").read_text()
    monkeypatch.setitem(rows.LINKS, "liked_by", rows.LINKS["asked_by"])
    assert shape_of_replica() != shape


def test_licences_of_what_is_served_are_served_with_it(project: Path) -> None:
    text = served(project, build(project).urls["licences.txt"])
    assert "lucide-static" in text
    assert "Permission to use, copy, modify" in text


REFUSED = {
    "a missing module": ({"pwa/app.js": 'import "./nowhere.js";\n'}, 'Could not resolve "./nowhere.js"'),
    "a missing package": ({"pwa/app.js": 'import "left-pad";\n'}, "left-pad"),
    "a module from outside": ({"pwa/app.js": 'import "../../outside.js";\n'}, "outside.js"),
    "waiting at the top": ({"pwa/app.js": "await fetch(location.href);\n"}, "Top-level await"),
    "an unknown icon": (
        {"templates/server_only/x.html": '\n{{ icon("nope") }}'},
        "x.html:2: lucide-static has no icon",
    ),
    "an icon by variable": (
        {"templates/server_only/x.html": "{{ icon(name) }}"},
        "x.html:1: icon() takes one",
    ),
    "an unknown asset": (
        {"templates/server_only/x.html": '{{ asset("x.css") }}'},
        "x.html:1: there is no asset 'x.css'",
    ),
    "an address in a stylesheet": (
        {"pwa/parts.css": "a { background: url(x.png) }"},
        'Could not resolve "x.png"',
    ),
    "a page that imports its own address": (
        {"build/generated/assets.js": "", "pwa/app.js": 'import "../build/generated/assets.js";\n'},
        "holds the address of app.js",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_build_refuses(project: Path, case: str) -> None:
    files, message = REFUSED[case]
    write(project.parent / "outside.js", "")
    for name, content in files.items():
        write(project / name, content)
    with pytest.raises(BuildError, match=re.escape(message)):
        build(project)


def test_a_failed_build_leaves_the_last_good_one_in_place(project: Path) -> None:
    write(project / "pwa/page/toast.js", 'export const toast = () => console.log("toast");\n')
    url = build(project).urls["app.js"]
    write(project / "pwa/app.js", 'import "./nowhere.js";\n')
    with pytest.raises(BuildError):
        build(project)
    assert "toast" in served(project, url)
