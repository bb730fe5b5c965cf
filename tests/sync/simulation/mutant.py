"""Takes a safeguard away by replacing the code that holds it."""

import importlib.machinery
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any, Final

ROOT: Final = Path(__file__).parents[3]
Replacement = tuple[str, str, str]  # file, the code there, the code to put in its place


@dataclass(frozen=True)
class Mutant:
    replacements: tuple[Replacement, ...]
    database: str = "sqlite"

    @property
    def of_the_phone(self) -> bool:
        return self.replacements[0][0].endswith(".js")


def one(file: str, before: str, after: str, database: str = "sqlite") -> Mutant:
    return Mutant(((file, before, after),), database)


def phone_without(mutant: Mutant, folder: Path) -> Path:
    """Makes a copy of the phone's code without the safeguard. Returns its folder."""
    sync = folder / "sync"
    shutil.copytree(ROOT / "sync", sync, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name in ("node_modules", "build"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "package.json").write_text('{"type": "module"}')
    for file, before, after in mutant.replacements:
        path = folder / file
        path.write_text(replaced(path.read_text(), file, before, after))
    return sync


def serve_without(mutant: Mutant) -> None:
    """Lets the server's code be read without the safeguard. To be called before its first import."""
    read = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> CodeType | None:
        changes = [each for each in mutant.replacements if str(ROOT / each[0]) == self.path]
        if not changes:
            return read(self, fullname)
        source = Path(self.path).read_text()
        for file, before, after in changes:
            source = replaced(source, file, before, after)
        return compile(source, self.path, "exec")

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]


def replaced(text: str, file: str, before: str, after: str) -> str:
    if text.count(before) != 1:
        raise LookupError(f"{file} has no longer exactly one: {before}")
    return text.replace(before, after)
