"""Rows as files, for spreadsheets."""

from typing import Any, Final

from server.api_document.parts import SIGNED_IN, TEXT, TO_SIGN_IN, WHEN_READING, operation, pages, query, told
from server.questions.measures import MEASURES
from server.questions.periods import PERIODS

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES: Final = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
CUSTOMERS: Final = [
    query("q", TEXT, "The text in the search field of the list of customers."),
    query("show", {"enum": ["all", "mine", "nearby", "cold", "leads", "deleted"]}, "The list's filter."),
    *(query(name, {"type": "number"}, "Nearby where.") for name in ("latitude", "longitude")),
]
QUESTION: Final = [
    query("measure", {"enum": list(MEASURES)}, "What is counted.", required=True),
    query("by", TEXT, "The dimension of the rows, as in the address of an answer."),
    query("then", TEXT, "That of the columns."),
    query("period", {"enum": list(PERIODS)}),
]


def paths() -> dict[str, Any]:
    return {
        **both(
            "/export",
            "Customers",
            "The customers that the list shows, as a file.",
            "deleted customers",
            CUSTOMERS,
        ),
        **both("/products/export", "Products", "All products, with their stock, as a file.", "costs", []),
        **both(
            "/team/questions/export",
            "Answer",
            "The answer to a question, as a file.",
            "such figures, or the question is none",
            QUESTION,
        ),
    }


def both(address: str, of: str, what: str, unseen: str, parameters: list[Any]) -> dict[str, Any]:
    return {f"{address}.{kind}": {"get": export(kind, of, what, unseen, parameters)} for kind in TYPES}


def export(kind: str, of: str, what: str, unseen: str, parameters: list[Any]) -> dict[str, Any]:
    answers = {
        "200": told(what, TYPES[kind], TEXT),
        **TO_SIGN_IN,
        **pages(WHEN_READING, _404=f"The user may not see {unseen}."),
    }
    more: Any = {"security": SIGNED_IN} | ({"parameters": parameters} if parameters else {})
    return operation(f"export{of}_{kind}", f"{of} as a file.", answers, **more)
