"""The OpenAPI file beyond what ninja writes: which problems an operation may answer, and the key of repeated writes."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from shanzhi.organisation.requests import KEY_CHARACTERS, KEY_LENGTH, PROBLEM, WRITES

WORDS = {"type": "object", "required": ["code", "zh", "en"]} | {
    "properties": {name: {"type": "string"} for name in ("code", "zh", "en")}
}
FIELD = {
    "type": "object",
    "required": ["field", "code", "message", "message_en"],
    "properties": {
        **{name: {"type": "string"} for name in ("field", "code", "message", "message_en")},
        "index": {"type": "integer", "description": "The row, where the input has rows; from 0."},
    },
}
SHAPE = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; `title` and `title_en` say it to a person.",
    "required": ["type", "title", "title_en", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "title_en": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "would_need": {**WORDS, "description": "What would make the refused act possible."},
        "errors": {"type": "array", "items": FIELD},
    },
}
PROBLEMS = {
    400: "The request cannot be read",
    401: "Not signed in, or an unknown token",
    403: "Not for this post or token, or a CSRF token that does not fit",
    404: "Not there, or outside what you may see",
    409: "The rules do not allow it now, or somebody was faster",
    413: "Too large",
    422: "Not of the asked form; `errors` says where",
    428: "If-Match is missing",
    503: "The database is away; nothing was changed",
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeated request with the same key gets the first answer again, for a week.",
    "schema": {"type": "string", "maxLength": KEY_LENGTH, "pattern": f"^{KEY_CHARACTERS}$"},
}


class HouseAPI(NinjaAPI):
    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        components = schema["components"]
        components.setdefault("schemas", {})["Problem"] = SHAPE
        components["parameters"] = {"IdempotencyKey": KEY}
        components["responses"] = {
            f"Problem{status}": {"description": words, "content": {PROBLEM: {"schema": _ref("schemas", "Problem")}}}
            for status, words in PROBLEMS.items()
        }
        for path, methods in schema["paths"].items():
            for method, operation in methods.items():
                _complete(operation, about_one="{" in path, writes=method.upper() in WRITES)
        return schema


def _complete(operation: dict[str, Any], *, about_one: bool, writes: bool) -> None:
    """Add to an operation what the house does with every one of its kind."""
    asked = {parameter["name"] for parameter in operation.get("parameters", ())}
    body = operation.get("requestBody")
    problems = {503}
    problems |= {401, 403} if operation.get("security") else {404}
    problems |= {404} if about_one else set()
    problems |= {404, 409} if writes else set()
    problems |= {400, 413} if body else set()
    problems |= {422} if body or asked or writes else set()
    problems |= {428} if "If-Match" in asked else set()
    for status in sorted(problems):
        operation["responses"].setdefault(status, _ref("responses", f"Problem{status}"))
    if writes:
        operation.setdefault("parameters", []).append(_ref("parameters", "IdempotencyKey"))


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
