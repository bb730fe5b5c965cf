"""Renders templates: stock Jinja2 with a few differences, so that both hosts make the same HTML byte for byte.

The service worker's half is pwa/render.js, running what pwa/compile_templates.py made of the same templates.
Differences from stock: only text and whole numbers print; a dict's key wins over its methods; `_` escapes.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

from server.printable import printable
from server.translations import Translator, translator

ROOT: Final[Path] = Path(__file__).parent.parent
TEMPLATES: Final[Path] = ROOT / "templates"
BUILD: Final = ROOT / "build"


def render(template_name: str, view: Mapping[str, Any], locale: str) -> str:
    if view.get("locale", locale) != locale:
        raise ValueError(f"the view says {view['locale']!r}, the page {locale!r}")
    return _environment(locale).get_template(template_name).render(view)


def asset_url(name: str) -> str:
    """The hashed address of a file that `python -m pwa.build` put into build/static, such as "app.css"."""
    return _built("manifest.json", name)


def icon(name: str) -> Markup:
    return Markup(_built("icons.json", name))  # noqa: S704 - made by our own build from lucide-static


class TemplateEnvironment(Environment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        """`view.items` is the view's key "items", as in JavaScript, and not the method dict.items."""
        if isinstance(obj, dict):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


class StrictCodeGenerator(CodeGenerator):
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        """Checks the parts that `~` joins, like everything that is printed."""
        strict = nodes.EnvironmentAttribute("finalize")
        checked: list[nodes.Expr] = [nodes.Call(strict, [part], [], None, None) for part in node.nodes]
        super().visit_Concat(nodes.Concat(checked, lineno=node.lineno), frame)


TemplateEnvironment.code_generator_class = StrictCodeGenerator


def make_environment(directory: Path, t: Translator) -> TemplateEnvironment:
    environment = TemplateEnvironment(
        loader=FileSystemLoader(directory),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals = {**_text_functions(t), "asset": asset_url, "icon": icon, "locale": t.locale}
    return environment


@cache
def _environment(locale: str) -> TemplateEnvironment:
    return make_environment(TEMPLATES, translator(locale))


def _text_functions(t: Translator) -> dict[str, Any]:
    """`_` and `ngettext` for templates. Translations are text and no markup: they and their values are escaped."""

    def gettext(msgid: str, /, **values: Any) -> Markup:
        return _filled(t.text(msgid), values)

    def ngettext(singular: str, plural: str, n: int, /, **values: Any) -> Markup:
        return _filled(t.plural(singular, plural, n), {"n": n, **values})

    return {"_": gettext, "ngettext": ngettext}


def _filled(text: str, values: Mapping[str, Any]) -> Markup:
    return Markup(escape(text) % {name: printable(value) for name, value in values.items()})  # noqa: S704 - escaped


def _built(file: str, name: str) -> str:
    try:
        return _read_built(file)[name]
    except KeyError:
        raise LookupError(f"{name!r} is not in build/{file}: run python -m pwa.build") from None


@cache
def _read_built(file: str) -> dict[str, str]:
    path = BUILD / file
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run python -m pwa.build")
    built: dict[str, str] = json.loads(path.read_text())
    return built
