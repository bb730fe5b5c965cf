"""`python -m pwa.icons.make`: draws the icons' PNG files from the two SVG ones, with the Chromium that tests use."""

from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE: Final = Path(__file__).parent
COLOURS: Final = 24
CHROMIUM: Final = "/usr/bin/chromium"
GREEN: Final = "#0b6b50"
# File, size, drawing, background, and how much of the width the drawing takes.
# A mask may cut away a fifth at every side; Apple rounds the corners itself.
PICTURES: Final = (
    ("icon-192.png", 192, "icon.svg", "transparent", 100),
    ("icon-512.png", 512, "icon.svg", "transparent", 100),
    ("icon-maskable-512.png", 512, "icon.svg", GREEN, 84),
    ("apple-touch-180.png", 180, "icon.svg", GREEN, 100),
    ("badge-monochrome-96.png", 96, "mark.svg", "transparent", 92),
)


def make() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, size, drawing, background, share in PICTURES:
            draw(browser, name, size, drawing, background, share)
        browser.close()


def draw(browser: Browser, name: str, size: int, drawing: str, background: str, share: int) -> None:
    page = browser.new_page(viewport={"width": size, "height": size})
    svg = (HERE / drawing).read_text()
    body = f"margin:0;height:100vh;display:grid;place-items:center;background:{background}"
    style = f"body{{{body}}}svg{{width:{share}%}}"
    page.set_content(f"<style>{style}</style>{svg}")
    page.screenshot(path=HERE / name, omit_background=True)
    page.close()
    make_small(HERE / name)


def make_small(path: Path) -> None:
    """Few colours are enough for a drawing of three, and phones load one of these at the first start."""
    with Image.open(path) as picture:
        picture.convert("RGBA").quantize(COLOURS, Image.Quantize.FASTOCTREE).save(path, optimize=True)


if __name__ == "__main__":
    make()
