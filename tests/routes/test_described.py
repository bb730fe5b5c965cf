"""Whatever answers programs, and not people with a page, stands in `/openapi.json`."""

import re

import httpx
import pytest
from litestar import Litestar

from server.api_document import api_document
from server.database import Database
from tests.routes.around import Visitor, World
from tests.routes.test_permissions import ROUTES, STREAM, ask, in_order

PARTS_OF_PAGES = {"GET /static/{name}", "GET /service_worker.js"}
FOR_PROGRAMS = re.compile(r"[A-Z]+ /(sync|files)\b|POST /sign-(in|out)")


def shape(address: str) -> str:
    return re.sub("{.*?}", "{}", address)


def described() -> dict[str, dict[str, dict[str, object]]]:
    return {
        shape(f"{method.upper()} {path}"): operation["responses"]
        for path, methods in api_document()["paths"].items()
        for method, operation in methods.items()
    }


def is_page(answer: httpx.Response) -> bool:
    return answer.is_redirect or answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_answer_that_is_no_page_is_described(app: Litestar, database: Database, world: World) -> None:
    known, missing = described(), {}
    for address in in_order():
        if address in PARTS_OF_PAGES:
            continue
        answer = ask(Visitor(app, database, getattr(world.cast, ROUTES[address].by)), world, address)
        answers = known.get(shape(address), {})
        is_expected = bool(answers) or bool(FOR_PROGRAMS.match(address)) or not is_page(answer)
        told_as = answer.headers.get("content-type", "").partition(";")[0]
        content = answers.get(str(answer.status_code), {}).get("content", {told_as: None})
        kinds = {kind.partition(";")[0] for kind in content}  # type: ignore[attr-defined]
        if is_expected and (str(answer.status_code) not in answers or told_as not in kinds):
            missing[address] = answer.status_code, told_as
    assert missing == {}


def test_nothing_is_described_that_is_not_there() -> None:
    assert described().keys() <= {shape(address) for address in (*ROUTES, STREAM)}
