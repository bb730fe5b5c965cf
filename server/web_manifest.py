"""The web app manifest: name, icons and shortcuts of the installed app."""

import json
import struct
from typing import Any, Final

from server.render import BUILD, asset_url
from server.translations import Translator, translator

PAPER: Final = "#f7f5f1"


def web_manifest(locale: str) -> dict[str, Any]:
    t = translator(locale)
    return {
        "id": "/",
        "name": "Legwork",
        "short_name": "Legwork",
        "description": t("Log a visit in three taps, with or without a signal."),
        "lang": locale,
        "dir": "ltr",
        "start_url": "/today",
        "scope": "/",
        "display": "standalone",
        "orientation": "any",
        "background_color": PAPER,
        "theme_color": PAPER,
        "categories": ["business", "productivity"],
        "icons": _icons(),
        "shortcuts": _shortcuts(t),
        "screenshots": _screenshots(t),
        "share_target": _share_target(),
    }


def _icons() -> list[dict[str, str]]:
    """The icons of pwa/icons. The file's name says the purpose; the size is read from the picture."""
    found = []
    for name in _built("icons/"):
        if name.endswith(".png") and "apple" not in name and "shortcut" not in name:
            purpose = "maskable" if "maskable" in name else "monochrome" if "monochrome" in name else "any"
            found.append({**_picture(name), "purpose": purpose})
    return found


def _screenshots(t: Translator) -> list[dict[str, str]]:
    found = []
    for name in _built("screenshots/"):
        if name.endswith(".png"):
            picture = _picture(name)
            width, _, height = picture["sizes"].partition("x")
            form = "wide" if int(width) > int(height) else "narrow"
            found.append(
                {**picture, "form_factor": form, "label": t("Legwork on the phone and on the tablet")}
            )
    return found


def _shortcuts(t: Translator) -> list[dict[str, Any]]:
    icons = [icon for icon in _icons() if icon["purpose"] == "any" and icon["sizes"] in ("96x96", "192x192")]
    return [
        {"name": t("Log a visit"), "url": "/visits/new", "icons": icons},
        {"name": t("Today"), "url": "/today", "icons": icons},
    ]


def _share_target() -> dict[str, Any]:
    files = [{"name": "photos", "accept": ["image/*"]}]
    params = {"title": "title", "text": "text", "url": "url", "files": files}
    return {"action": "/share-target", "method": "POST", "enctype": "multipart/form-data", "params": params}


def _picture(name: str) -> dict[str, str]:
    url = asset_url(name)
    header = (BUILD / url.lstrip("/")).read_bytes()[16:24]
    width, height = struct.unpack(">II", header)  # bytes 16 to 24 of every PNG
    return {"src": url, "sizes": f"{width}x{height}", "type": "image/png"}


def _built(folder: str) -> list[str]:
    names = json.loads((BUILD / "manifest.json").read_text())
    return sorted(name for name in names if name.startswith(folder))
