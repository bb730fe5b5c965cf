"""Backups that are not as they were written."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def write(path: Path, found: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in found.items():
            file.writestr(name, content)


def change_manifest(path: Path, **changed: Any) -> None:
    found = members(path)
    found["manifest.json"] = json.dumps(json.loads(found["manifest.json"]) | changed).encode()
    write(path, found)


def change_rows(
    path: Path, table: str, change: Callable[[list[Any]], list[Any]], *, sign: bool = False
) -> None:
    """`sign`: with a manifest that fits, as nobody but a defect of ours would do it."""
    found = members(path)
    name, manifest = f"tables/{table}.jsonl", json.loads(found["manifest.json"])
    rows = change([json.loads(line) for line in found[name].splitlines()])
    found[name] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    if sign:
        part = next(part for part in manifest["tables"] if part["name"] == table)
        part |= {"rows": len(rows), "sha256": hashlib.sha256(found[name]).hexdigest()}
        found["manifest.json"] = json.dumps(manifest).encode()
    write(path, found)
