"""What a running server says of itself: to monitors, to browsers that install the app, and to programs."""

from typing import Any, Final

from server.api_document.parts import AS_BEFORE, FLAG, OBJECT, TEXT, Answers, operation, query, told
from sync.schemas import Schema, record

JSON: Final = "application/json"
FIGURES: Final = "text/plain; version=0.0.4"


def paths() -> dict[str, Any]:
    return {
        "/healthz": {"get": health()},
        "/readyz": {"get": readiness()},
        "/metrics": {"get": metrics()},
        "/manifest.webmanifest": {"get": manifest()},
        "/openapi.json": {"get": document()},
    }


def health() -> dict[str, Any]:
    lives = record({"status": {"const": "ok"}}, additionalProperties=False)
    return operation("lives", "The process lives.", {"200": told("It does.", JSON, lives)})


def readiness() -> dict[str, Any]:
    checks: dict[str, Schema] = dict.fromkeys(("database", "assets", "schema"), FLAG)
    ready = record({"status": {"enum": ["ok", "not ready"]}, **checks}, additionalProperties=False)
    answers = {
        "200": told("It can do its work.", JSON, ready),
        "503": told("It cannot: the check that failed is false.", JSON, ready),
    }
    return operation("isReady", "The process can do its work.", answers)


def metrics() -> dict[str, Any]:
    answers = {
        "200": told("Figures about reminders, for Prometheus.", FIGURES, TEXT),
        "404": told("The settings have no token, or another one.", FIGURES, TEXT),
    }
    return operation("metrics", "Figures for monitoring.", answers, security=[{"metrics": []}])


def manifest() -> dict[str, Any]:
    parameters = [query("lang", TEXT, "en or zh-Hans; otherwise as the browser asks.")]
    answers = unless_known("A web app manifest.", "application/manifest+json")
    return operation("manifest", "For installing the app.", answers, parameters=parameters)


def document() -> dict[str, Any]:
    return operation("document", "This document.", unless_known("This document.", JSON))


def unless_known(what: str, media_type: str) -> Answers:
    return {"200": told(what, media_type, OBJECT), **AS_BEFORE}
