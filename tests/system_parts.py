"""Installs the system packages that the tests need, or says which are missing: `python -m tests.system_parts`.

`python -m tests.system_parts pictures` installs what screenshots need besides.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Part:
    package: str
    purpose: str
    is_there: Callable[[], bool]


def has_postgresql() -> bool:
    folders = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return any(int(path.parts[4]) >= 15 for path in folders) or shutil.which("postgres") is not None


def has_webkit() -> bool:
    return any(Path("/usr/lib").glob("*/girepository-1.0/WebKit2-4.1.typelib"))


def has_transcoder() -> bool:
    return any(Path("/usr/lib").glob("*/gstreamer-1.0/libgsttranscode.so"))


def has_font(pattern: str) -> bool:
    """Whether a font fits fontconfig's pattern, as `Roboto` or `:lang=zh`."""
    if shutil.which("fc-list") is None:
        return False
    return bool(subprocess.run(["fc-list", pattern], capture_output=True, check=True).stdout.strip())


PARTS = [
    Part("chromium", "the browser tests", lambda: Path("/usr/bin/chromium").exists()),
    Part("firefox-esr", "the browser tests", lambda: Path("/usr/bin/firefox-esr").exists()),
    Part("webkit2gtk-driver", "the browser tests", lambda: shutil.which("WebKitWebDriver") is not None),
    Part("gir1.2-webkit2-4.1", "the browser tests", has_webkit),
    Part("gstreamer1.0-plugins-bad", "voice notes in WebKit, which cannot record without it", has_transcoder),
    Part("python3-gi", "the browser tests", lambda: Path("/usr/lib/python3/dist-packages/gi").exists()),
    Part("xvfb", "the browser tests", lambda: shutil.which("Xvfb") is not None),
    Part("postgresql", "every test of a table; version 15 or newer", has_postgresql),
    Part("fontconfig", "finding fonts", lambda: shutil.which("fc-list") is not None),
    Part("fonts-noto-cjk", "Chinese on screenshots", lambda: has_font(":lang=zh")),
]
# Not for the tests: Debian's own letters are wider than a phone's, and what fits in them fits on phones.
PICTURE_PARTS = [
    Part("fonts-roboto-unhinted", "screenshots in an Android phone's letters", lambda: has_font("Roboto")),
]


def main(pictures: bool = False) -> int:
    parts = PARTS + PICTURE_PARTS if pictures else PARTS
    if missing := missing_of(parts):
        install(missing)
        missing = missing_of(parts)
    for part in missing:
        print(
            f"Missing: {part.package}, for {part.purpose}. Install it: apt-get install {part.package}",
            file=sys.stderr,
        )
    return 1 if missing else 0


def missing_of(parts: list[Part]) -> list[Part]:
    return [part for part in parts if not part.is_there()]


def install(parts: list[Part]) -> None:
    """Installs them with apt-get, if that is there and needs no password. The caller looks whether it worked."""
    as_root = root_prefix()
    if shutil.which("apt-get") is None or as_root is None:
        return
    packages = [part.package for part in parts]
    print(f"Installing {', '.join(packages)} …", flush=True)
    apt_get = [
        *as_root,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-q",
        "-o",
        "DPkg::Lock::Timeout=300",
    ]
    run_quietly([*apt_get, "update"])
    run_quietly([*apt_get, "install", "-y", "--no-install-recommends", *packages])


def root_prefix() -> list[str] | None:
    """What a command begins with to run as root; None where that needs a password."""
    if os.geteuid() == 0:
        return []
    allowed = (
        shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    )
    return ["sudo", "-n"] if allowed else None


def run_quietly(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        print((done.stdout + done.stderr)[-2000:], file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(pictures=sys.argv[1:] == ["pictures"]))
