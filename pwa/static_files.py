"""Files under build/static. Their names hold a hash of their content, so that a browser may keep them for ever."""

import gzip
import hashlib
import json
import subprocess
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import brotli  # type: ignore[import-untyped]

TEXT_TYPES: Final = {".css", ".js", ".json", ".svg", ".txt"}
PACKAGES: Final = Path(__file__).parent.parent / "node_modules"
ESBUILD: Final = PACKAGES / "esbuild" / "bin" / "esbuild"
TERSER: Final = PACKAGES / "terser" / "bin" / "terser"
BUNDLING: Final = (
    "--bundle",
    "--minify",
    "--format=esm",
    "--charset=utf8",  # Chinese characters as they are, not as escapes of six letters
    "--legal-comments=none",  # licences.txt holds them
    "--log-level=error",
    "--supported:top-level-await=false",  # service workers refuse it
)
# Makes what esbuild has minified 3.5 % smaller. inline=1: functions with parameters stay, inlined they compress worse.
SMALLER: Final = ("--module", "--mangle", "--compress", "passes=3,ecma=2022,inline=1")


class BuildError(Exception):
    pass


@dataclass
class StaticFiles:
    root: Path
    folder: Path
    urls: dict[str, str] = field(default_factory=dict)  # by the name templates use

    def add_file(self, name: str, path: Path) -> str:
        return self.add(name, path.name, read(path))

    def add(self, name: str, file_name: str, content: bytes) -> str:
        stem, _, suffix = file_name.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"
        write_compressed(self.folder / hashed, content)
        self.urls[name] = f"/static/{hashed}"
        return self.urls[name]

    def add_bundle(self, path: Path) -> set[str]:
        """A module or style sheet with all it imports in one file. Returns their paths within the project."""
        with TemporaryDirectory() as folder:
            out, told = Path(folder) / f"out{path.suffix}", Path(folder) / "told.json"
            entry, into = path.relative_to(self.root).as_posix(), (f"--outfile={out}", f"--metafile={told}")
            self._run(str(ESBUILD), entry, *BUNDLING, *into)
            content = self._run(str(TERSER), str(out), *SMALLER) if path.suffix == ".js" else out.read_text()
            self.add(self.name_of(path), path.name, content.encode())
            inputs = set(json.loads(told.read_text())["inputs"])
        if outside := sorted(name for name in inputs if name.startswith("..") and "node_modules" not in name):
            raise BuildError(f"{self.name_of(path)} imports {outside[0]}, which is not of the project")
        return inputs

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(done.stderr.strip())
        return done.stdout

    def name_of(self, path: Path) -> str:
        """Files of pwa/ go by their name there, all others by their path in the project."""
        within = path.relative_to(self.root)
        return (within.relative_to("pwa") if within.parts[0] == "pwa" else within).as_posix()


def write_compressed(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    if path.suffix in TEXT_TYPES:
        # Brotli's own choice of a block size, 0, is not always the best.
        ways = product((brotli.MODE_GENERIC, brotli.MODE_FONT), (0, 16, 17, 24))
        made = (brotli.compress(content, mode, quality=11, lgblock=block) for mode, block in ways)
        path.with_name(f"{path.name}.br").write_bytes(min(made, key=len))
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def read(path: Path) -> bytes:
    if not path.is_file():
        raise BuildError(f"{path} is missing")
    return path.read_bytes()
