"""Files under build/static, named by what is in them, so that a browser may keep them for ever."""

import gzip
import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import brotli  # type: ignore[import-untyped]

IMPORT: Final = re.compile(
    r"""^((?:import|export)\b(?:[^"';]*?\bfrom)?\s*)(["'])([^"'\n]+)\2""", re.MULTILINE
)
STYLE_IMPORT: Final = re.compile(r"""^@import\s+["']([^"']+)["'];\n?""", re.MULTILINE)
DYNAMIC_IMPORT: Final = re.compile(r"\bimport\s*\(")
INLINE_COMMENT: Final = re.compile(r"/\*.*?\*/")
TEXT_TYPES: Final = {".css", ".js", ".json", ".svg", ".txt"}


class BuildError(Exception):
    pass


@dataclass
class StaticFiles:
    root: Path
    folder: Path
    urls: dict[str, str] = field(default_factory=dict)  # by the name templates use, or the path of a module
    imports: dict[str, list[str]] = field(default_factory=dict)  # what a module needs, by name

    def add_file(self, name: str, path: Path) -> str:
        content = self.style(path).encode() if path.suffix == ".css" else read(path)
        return self.add(name, path.name, content)

    def add(self, name: str, file_name: str, content: bytes) -> str:
        stem, _, suffix = file_name.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{suffix}"
        write_compressed(self.folder / hashed, content)
        self.urls[name] = f"/static/{hashed}"
        return self.urls[name]

    def add_module(self, path: Path, importers: tuple[Path, ...] = ()) -> str:
        """A module and all it imports, deepest first, because its hash covers theirs."""
        if path in importers:
            circle = " → ".join(
                self.name_of(module) for module in (*importers[importers.index(path) :], path)
            )
            raise BuildError(f"modules import each other in a circle: {circle}")
        name = self.name_of(path)
        if name in self.urls:
            return self.urls[name]
        source = without_comments(read(path).decode())
        self.refuse_dynamic_import(name, source)
        self.imports[name] = []

        def hashed(found: re.Match[str]) -> str:
            imported = self.resolve(path, found[3])
            url = self.add_module(imported, (*importers, path))
            self.imports[name].append(self.name_of(imported))
            return f"{found[1]}{found[2]}{url}{found[2]}"

        file_name = f"{path.parent.parent.name}.js" if "node_modules" in path.parts else path.name
        return self.add(name, file_name, IMPORT.sub(hashed, source).encode())

    def needed_by(self, name: str) -> set[str]:
        return {name}.union(*(self.needed_by(imported) for imported in self.imports.get(name, ())))

    def resolve(self, importer: Path, specifier: str) -> Path:
        if specifier.startswith("."):
            path = importer.parent / specifier
        else:
            package = self.root / "node_modules" / specifier
            entry = json.loads(read(package / "package.json"))["exports"]["."]["import"]
            path = package / entry
        path = Path(os.path.normpath(path))
        if not path.is_file() or not path.is_relative_to(self.root):
            raise BuildError(f"{self.name_of(importer)} imports {specifier!r}, which is not there")
        return path

    def name_of(self, path: Path) -> str:
        """Files of pwa/ go by their name there, all others by their path in the project."""
        within = path.relative_to(self.root)
        return (within.relative_to("pwa") if within.parts[0] == "pwa" else within).as_posix()

    def refuse_dynamic_import(self, name: str, source: str) -> None:
        if DYNAMIC_IMPORT.search(INLINE_COMMENT.sub("", source)):
            raise BuildError(f"{name} imports at run time, which service workers cannot")

    def style(self, path: Path) -> str:
        """A stylesheet with those it imports put in their places, and without comments."""
        source = re.sub(r"/\*.*?\*/", "", read(path).decode(), flags=re.DOTALL)
        source = STYLE_IMPORT.sub(lambda found: self.style(path.parent / found[1]), source)
        if found := re.search(r"url\(\s*[\"']?(?!data:|#)[^)]*\)", source):
            raise BuildError(f"{self.name_of(path)}: {found[0]} would not be found under its hashed name")
        return "\n".join(line.strip() for line in source.splitlines() if line.strip()) + "\n"


def without_comments(source: str) -> str:
    """Drops lines that are only comment, and indentation. A file with text over several lines is left as it is."""
    kept, in_comment = [], False
    for line in source.splitlines():
        code = line.strip()
        if in_comment or code.startswith("/*"):
            _, end, code = code.partition("*/")
            in_comment = not end
            code = code.strip()
        if code and not code.startswith("//"):
            kept.append(code)
    if any(line.count("`") % 2 or line.endswith("\\") for line in kept):
        return source
    return "\n".join(kept) + "\n"


def write_compressed(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    if path.suffix in TEXT_TYPES:
        path.with_name(f"{path.name}.br").write_bytes(brotli.compress(content, quality=11))
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def read(path: Path) -> bytes:
    if not path.is_file():
        raise BuildError(f"{path} is missing")
    return path.read_bytes()
