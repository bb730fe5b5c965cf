"""A Node.js beside a test, which answers each line of JSON with another one."""

import json
import subprocess
from pathlib import Path
from typing import Any

from server.render import ROOT


class NodeHost:
    def __init__(self, script: str, *args: str | Path) -> None:
        """`script`: its name in this folder."""
        self._node = subprocess.Popen(
            ["node", ROOT / "tests" / "pwa" / script, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(asked) + "\n")
        self._node.stdin.flush()
        answer: dict[str, Any] = json.loads(self._node.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._node.stdin
        self._node.stdin.close()
        self._node.wait(timeout=10)
        assert self._node.stdout
        self._node.stdout.close()
