"""How many bytes, compressed as sent, a phone loads until it is ready for a day without a signal."""

import json
import re
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import brotli

from server.demo.cast import PASSWORD
from server.models.identity import new_id
from tests.bench.result import Result, at_most
from tests.browser.company import Company

NEEDED = re.compile(rb"""["'(](/static/[^"')\s]+|/manifest\.webmanifest\?lang=[^"')`]+)["')]""")
# An iPhone asks for its icon when the app is put on the home screen; later.js is kept last (see lifecycle.js).
NOT_AT_FIRST = ("/static/apple-touch-", "/static/later.")


class Client:
    """Signs in as a browser does, and counts the bytes of answers compressed with Brotli."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def sign_in(self, email: str) -> None:
        form = urllib.parse.urlencode({"email": email, "password": PASSWORD}).encode()
        request = urllib.request.Request(f"{self.origin}/sign-in", form, {"Origin": self.origin})
        with self.opener.open(request, timeout=30) as answer:
            assert answer.url.endswith("/today"), answer.url

    def get(self, path: str) -> tuple[int, bytes]:
        """The size of the answer as it came, in bytes, and its body, decompressed."""
        request = urllib.request.Request(self.origin + path, headers={"Accept-Encoding": "br"})
        with self.opener.open(request, timeout=60) as answer:
            body, is_brotli = answer.read(), answer.headers.get("Content-Encoding") == "br"
        return len(body), brotli.decompress(body) if is_brotli else body


def measure(company: Company) -> list[Result]:
    client = Client(company.origin)
    client.sign_in("alice@demo.test")
    everything = first_load(client)
    chinese = sum(size for path, size in everything.items() if "catalog" in path)
    first, all_rows = sum(everything.values()) / 1000, replica(client) / 1e6
    title = "First load, all that a signed-in phone needs, replica excluded"
    return [
        at_most(f"{title}: in English", first - chinese / 1000, 75, "KB", 1),
        at_most(f"{title}: in Chinese", first, 75, "KB", 1),
        at_most("Replica of 5,000 customers with 25,000 visits, over the wire", all_rows, 1.5, "MB", 2),
    ]


def first_load(client: Client) -> dict[str, int]:
    """The size of each file in bytes, by path: of the first page, of the worker, and of all that these name in turn."""
    known, sizes = {"/today", "/service_worker.js"}, {}
    waiting = sorted(known)
    while waiting:
        path = waiting.pop()
        sizes[path], content = client.get(path)
        if path.startswith("/manifest"):
            continue  # its pictures are for the installer, at another time
        new = {found.decode() for found in NEEDED.findall(content)} - known
        new = {address for address in new if not address.startswith(NOT_AT_FIRST)}
        known |= new
        waiting += sorted(new)
    return sizes


def replica(client: Client) -> int:
    device_id, cursor, total = new_id(), "", 0
    while True:
        query = urllib.parse.urlencode({"device_id": device_id, "cursor": cursor, "columns": "true"})
        size, body = client.get(f"/sync/pull?{query}")
        total += size
        page = json.loads(body)
        if not page["more"]:
            return total
        cursor = page["cursor"]
