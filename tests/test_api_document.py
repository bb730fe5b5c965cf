"""The description of the web API, compared with a real server process by made-up requests of a signed-in person."""

import copy
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode, checks
from schemathesis.specs.openapi import checks as openapi_checks

from server.api_document import api_document
from server.database import Database, open_database
from sync.apply import apply
from tests.cast import NOW, PASSWORD, hire
from tests.served import Server
from tests.sync.stranger import uuid7

# For each operation and kind of request, the same in every run. What PostgreSQL takes, SQLite takes.
EXAMPLES = {"postgresql": 40, "sqlite": 10}
MOST_EDGES = {"postgresql": 250, "sqlite": 50}
# The first answers for as long as one listens: tests/sync/test_contract.py listens. The second would sign Alice out.
APART = ("/sync/events", "/sign-out")
DOCUMENT = api_document()
OPERATIONS = [
    (path, method) for path, methods in DOCUMENT["paths"].items() for method in methods if path not in APART
]
# Wrong requests too, but only where there are parameters or a body that can be wrong.
MODES = [
    (path, method, mode)
    for path, method in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE
    or DOCUMENT["paths"][path][method].keys() & {"parameters", "requestBody"}
]
CHECKS: Any = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.unsupported_method,
]
ONCE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Api:
    """A served company, Alice's session, and the description narrowed to ids of hers, so that made-up requests are not
    all refused at once."""

    def __init__(self, server: Server, customers: list[str], database: str) -> None:
        self.examples, self.most_edges = EXAMPLES[database], MOST_EDGES[database]
        self.session = requests.Session()
        form = {"email": "alice@example.test", "password": PASSWORD}
        answer = self.session.post(f"{server.url}/sign-in", data=form, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        self.token = {"X-CSRFToken": self.session.cookies["csrftoken"]}
        me = self.session.get(f"{server.url}/sync/pull", params={"device_id": uuid7()}).json()["user_id"]
        document = requests.get(f"{server.url}/openapi.json", timeout=60).json()
        assert document == DOCUMENT
        self.schema = schemathesis.openapi.from_dict(narrowed(document, me, customers))
        self.schema.config.update(base_url=server.url)

    def ask(self, case: Case) -> None:
        case.headers = {**(case.headers or {}), **self.token}
        case.call_and_validate(session=self.session, checks=CHECKS, allow_redirects=False, timeout=60)

    def number(self, case: Case) -> None:
        """Changes count from 1 without holes, which no description can say."""
        changes = case.body["changes"]
        case.body["device_id"] = uuid7()
        for seq, change in enumerate(changes, 1):
            change |= {"seq": seq, "id": uuid7()}


def narrowed(document: dict[str, Any], me: str, customers: list[str]) -> dict[str, Any]:
    narrow = copy.deepcopy(document)
    del narrow["components"]["securitySchemes"]
    for methods in narrow["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
    for name, schema in narrow["components"]["schemas"].items():
        args = schema.get("properties", {}).get("args", {}).get("properties", {})
        if "customer_id" in args and name != "customer.create":
            args["customer_id"] = {"enum": customers}
    push = narrow["components"]["schemas"]["Push"]["properties"]
    push["user_id"], push["epoch"], push["changes"]["maxItems"] = {"const": me}, {"type": "null"}, 5
    return narrow


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    kind = {"sqlite": "sqlite_files", "postgresql": "postgres_databases"}[request.param]
    databases = request.getfixturevalue(kind)
    url = databases.fresh()
    database = open_database(url)
    customers = [*company(database), uuid7()]
    database.close()
    server = Server(tmp_path_factory.mktemp("described"), DATABASE_URL=url, LOG_LEVEL="warning")
    yield Api(server, customers, request.param)
    assert server.stop() == 0
    databases.drop(url)


def company(database: Database) -> list[str]:
    """Two customers of Alice's and one that she must not see."""
    with database.writing() as session:
        cast = hire(session)
        ids = [uuid7() for _ in range(3)]
        for customer_id, owner in zip(ids, (cast.alice, cast.alice, cast.charlie), strict=True):
            args = {"customer_id": customer_id, "name": "Harbour Café"}
            apply(session, owner, "customer.create", args, NOW)
    return ids


@pytest.mark.parametrize(("path", "method", "mode"), MODES)
def test_answers_are_as_described_whatever_is_asked(
    api: Api, path: str, method: str, mode: GenerationMode
) -> None:
    operation = api.schema[path][method]

    @settings(ONCE, max_examples=api.examples)
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        if path == "/sync/push" and mode is GenerationMode.POSITIVE:
            api.number(case)
        api.ask(case)

    ask()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_are_as_described_at_every_edge_of_what_is_allowed(api: Api, path: str, method: str) -> None:
    """Also with methods that the address does not have."""
    modes = {"generation_modes": list(GenerationMode), "generation_config": api.schema.config.generation}
    for case in islice(
        api.schema.iter_coverage_cases(operation=api.schema[path][method], **modes), api.most_edges
    ):
        api.ask(case)
