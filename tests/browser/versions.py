"""Newer versions of the program, and a server on which they are deployed one after another."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from server.render import ROOT
from tests.browser.company import Company

PROTOCOL = re.compile(r"^((?:export const )?PROTOCOL(?:: Final)? = )\d+", re.MULTILINE)
SOURCES = ("server", "sync", "pwa", "templates", "migrations", "build")
# What a page is asked about a new version of the service worker.
LOOK_FOR_IT = (
    "navigator.serviceWorker.getRegistration().then((registration) => registration.update()).then(() => true)"
)
IT_WAITS = "navigator.serviceWorker.getRegistration().then(({ waiting }) => waiting?.state === 'installed')"
# An active worker alone does not say it: while a new version is installing, the one before is active.
IT_RULES = """navigator.serviceWorker.getRegistration()
  .then(({ installing, waiting, active }) => !installing && !waiting && active.state === 'activated')"""
CACHES = "caches.keys().then((names) => names.filter((name) => name.startsWith('legwork-assets-')))"


class Deployed(Company):
    """A server that runs a copy of the program, so that a newer version can be put in its place."""

    def __init__(self, data: Path, program: Path) -> None:
        super().__init__(data)
        self.program = program
        copy_program(ROOT, program)

    def start(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(self.program))
            super().start()

    def deploy(self, newer: Path) -> None:
        self.stop()
        shutil.rmtree(self.program)
        copy_program(newer, self.program)
        self.start()


class Versions:
    """Versions newer than this one, each built once: `second` differs in its style sheet, `speaking_anew` also in the
    protocol."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.second = self._build("second", ROOT, protocol=1)
        self.speaking_anew = self._build("speaking_anew", self.second, protocol=2)

    def _build(self, name: str, before: Path, *, protocol: int) -> Path:
        program = self.folder / name
        copy_program(before, program)
        with (program / "pwa" / "app.css").open("a") as css:
            css.write("\n.newer { color: inherit; }\n")
        for spoken in ("exchange.js", "envelope.py"):
            path = program / "sync" / spoken
            path.write_text(PROTOCOL.sub(rf"\g<1>{protocol}", path.read_text()))
        environment = os.environ | {"PYTHONPATH": str(program)}
        subprocess.run([sys.executable, "-m", "pwa.build"], cwd=program, env=environment, check=True)
        return program


def copy_program(program: Path, to: Path) -> None:
    for name in SOURCES:
        shutil.copytree(program / name, to / name)
    (to / "node_modules").symlink_to(ROOT / "node_modules")
