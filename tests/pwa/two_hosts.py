"""The same templates on both hosts, for tests: Jinja2 here, and what the build makes of them in a Node.js beside."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pwa.compile_templates import compile_templates
from server.render import ROOT, make_environment
from server.translations import Translator
from tests.pwa.node_host import NodeHost

Messages = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    html: str | None
    error: str | None


class TwoHosts:
    def __init__(self, directory: Path, templates: Mapping[str, str], chinese: Messages) -> None:
        self.templates = directory / "templates"
        for name, source in templates.items():
            path = self.templates / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        compiled = compile_templates(self.templates, (ROOT / "pwa" / "template_runtime.js").as_uri())
        module = directory / "templates.mjs"
        module.write_text(compiled.source)
        self._messages = {"en": {}, "zh-Hans": chinese}
        self._environments = {locale: self._environment(locale) for locale in self._messages}
        self._node = NodeHost("render_host.mjs", module, json.dumps(self._messages))

    def _environment(self, locale: str) -> Any:
        environment = make_environment(self.templates, Translator(locale, self._messages[locale]))
        environment.globals["asset"] = lambda name: f"/static/{name}"
        environment.globals["icon"] = lambda name: Markup("<svg></svg>")
        return environment

    def server(self, name: str, view: Mapping[str, Any], locale: str = "en") -> Answer:
        try:
            return Answer(self._environments[locale].get_template(name).render(view), None)
        except Exception as error:  # noqa: BLE001 - whatever a host refuses with is its answer
            return Answer(None, repr(error))

    def phone(self, name: str, view: Mapping[str, Any], locale: str = "en") -> Answer:
        answer = self._node.answer({"name": name, "view": view, "locale": locale})
        return Answer(answer.get("html"), answer.get("error"))

    def close(self) -> None:
        self._node.close()
