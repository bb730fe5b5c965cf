"""Files under build/static, named by what is in them, so that a browser may keep them for ever."""

import gzip
import hashlib
import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import brotli  # type: ignore[import-untyped]

STYLE_IMPORT: Final = re.compile(r"""^@import\s+["']([^"']+)["'];\n?""", re.MULTILINE)
STYLE_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
STYLE_ADDRESS: Final = re.compile(r"url\(\s*[\"']?(?!data:|#)[^)]*\)")
TEXT_TYPES: Final = {".css", ".js", ".json", ".svg", ".txt"}
ESBUILD: Final = Path(__file__).parent.parent / "node_modules" / "esbuild" / "bin" / "esbuild"
BUNDLING: Final = (
    "--bundle",
    "--minify",
    "--format=esm",
    "--legal-comments=none",  # licences.txt holds them whole
    "--log-level=error",
    "--supported:top-level-await=false",  # service workers refuse it
)


class BuildError(Exception):
    pass


@dataclass
class StaticFiles:
    root: Path
    folder: Path
    urls: dict[str, str] = field(default_factory=dict)  # by the name templates use

    def add_file(self, name: str, path: Path) -> str:
        content = self.style(path).encode() if path.suffix == ".css" else read(path)
        return self.add(name, path.name, content)

    def add(self, name: str, file_name: str, content: bytes) -> str:
        stem, _, suffix = file_name.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"
        write_compressed(self.folder / hashed, content)
        self.urls[name] = f"/static/{hashed}"
        return self.urls[name]

    def add_bundle(self, path: Path) -> set[str]:
        """A module with all it imports in one file. Returns their paths within the project."""
        with TemporaryDirectory() as folder:
            out, told = Path(folder) / "out.js", Path(folder) / "told.json"
            entry, into = path.relative_to(self.root).as_posix(), (f"--outfile={out}", f"--metafile={told}")
            command = (str(ESBUILD), entry, *BUNDLING, *into)
            done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
            if done.returncode:
                raise BuildError(done.stderr.strip())
            self.add(self.name_of(path), path.name, out.read_bytes())
            inputs = set(json.loads(told.read_text())["inputs"])
        if outside := sorted(name for name in inputs if name.startswith("..") and "node_modules" not in name):
            raise BuildError(f"{self.name_of(path)} imports {outside[0]}, which is not of the project")
        return inputs

    def name_of(self, path: Path) -> str:
        """Files of pwa/ go by their name there, all others by their path in the project."""
        within = path.relative_to(self.root)
        return (within.relative_to("pwa") if within.parts[0] == "pwa" else within).as_posix()

    def style(self, path: Path) -> str:
        """A stylesheet with those it imports put in their places, and without comments."""
        source = STYLE_COMMENT.sub("", read(path).decode())
        source = STYLE_IMPORT.sub(lambda found: self.style(path.parent / found[1]), source)
        if found := STYLE_ADDRESS.search(source):
            raise BuildError(f"{self.name_of(path)}: {found[0]} would not be found under its hashed name")
        return "\n".join(line.strip() for line in source.splitlines() if line.strip()) + "\n"


def write_compressed(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    if path.suffix in TEXT_TYPES:
        path.with_name(f"{path.name}.br").write_bytes(brotli.compress(content, quality=11))
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def read(path: Path) -> bytes:
    if not path.is_file():
        raise BuildError(f"{path} is missing")
    return path.read_bytes()
