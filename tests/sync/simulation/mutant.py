"""Takes a safeguard away by replacing the code that holds it."""

import inspect
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from inspect import CO_OPTIMIZED
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


@contextmanager
def server_without(mutant: Mutant) -> Iterator[None]:
    """Takes the safeguard away within the block. The functions get other code and stay who they are, so whoever has
    imported them calls the other code, too: no process of its own is needed, which would take seconds to start."""
    with ExitStack() as stack:
        stack.callback(_forget)
        for path, changed in _changed(mutant).items():
            module = import_module(path.removesuffix(".py").replace("/", "."))
            functions = _functions_of(module, module.__name__)
            for name, code in changed.items():
                stack.callback(setattr, functions[name], "__code__", functions[name].__code__)
                functions[name].__code__ = code
        _forget()
        yield


def _changed(mutant: Mutant) -> dict[str, dict[str, CodeType]]:
    """By file and by the names of functions, the code that is another without the safeguard."""
    sources: dict[str, str] = {}
    for file, before, after in mutant.replacements:
        sources[file] = replaced(sources.get(file) or (ROOT / file).read_text(), file, before, after)
    found = {}
    for file, source in sources.items():
        was, is_now = (_codes(compile(text, file, "exec")) for text in ((ROOT / file).read_text(), source))
        found[file] = {name: code for name, code in is_now.items() if _said(code) != _said(was[name])}
        if not found[file]:
            raise LookupError(f"{file} changes outside of its functions")
    return found


def _codes(of: CodeType) -> dict[str, CodeType]:
    """The functions and methods of a module's code, by their names."""
    inner = {code.co_qualname: code for code in of.co_consts if isinstance(code, CodeType)}
    return {
        name: code
        for at, each in inner.items()
        for name, code in ({at: each} if each.co_flags & CO_OPTIMIZED else _codes(each)).items()
    }


def _said(code: CodeType) -> tuple[Any, ...]:
    """What the code does, wherever it stands."""
    constants = [_said(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, constants


def _functions_of(holder: Any, module: str) -> dict[str, Any]:
    """The functions and methods of a module or a class, by their names, without what decorators lay around them."""
    found = {}
    for each in list(vars(holder).values()):
        inner = inspect.unwrap(getattr(each, "__func__", None) or getattr(each, "fget", None) or each)
        if getattr(inner, "__module__", None) != module:
            continue
        if inspect.isfunction(inner):
            found[inner.__qualname__] = inner
        elif inspect.isclass(inner):
            found |= _functions_of(inner, module)
    return found


def _forget() -> None:
    """What was made with the code before, such as statements, is made anew."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("server.models.", "sync.")):
            for each in vars(module).values():
                if hasattr(each, "cache_clear"):
                    each.cache_clear()


def replaced(text: str, file: str, before: str, after: str) -> str:
    if text.count(before) != 1:
        raise LookupError(f"{file} has no longer exactly one: {before}")
    return text.replace(before, after)
