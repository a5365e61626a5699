"""docs/roles.toml as tests read it: what each role may do, in the words of people."""

import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Matrix:
    book: dict[str, Any]

    @classmethod
    def read(cls) -> "Matrix":
        return cls(tomllib.loads((ROOT / "docs" / "roles.toml").read_text(encoding="utf-8")))

    @cached_property
    def columns(self) -> list[str]:
        return list(self.book["matrix"]["columns"])

    @cached_property
    def operations(self) -> dict[str, dict[str, str]]:
        """Operation → role → cell."""
        return self._lines("operations")

    @cached_property
    def streams(self) -> dict[str, dict[str, str]]:
        return self._lines("streams")

    def sees(self, role: str) -> set[str]:
        """The subject groups whose orders a role sees."""
        return set(self.book["sees"][role])

    def allowed(self, role: str) -> set[str]:
        """Operations that the role may carry out on something."""
        cells = {operation: line[role] for operation, line in self.operations.items()}
        blind = not self.sees(role)  # what is about his orders answers nothing at all
        return {op for op, cell in cells.items() if cell not in ("deny", "mute") and not (blind and cell == "own")}

    def _lines(self, table: str) -> dict[str, dict[str, str]]:
        return {
            operation: dict(zip(self.columns, cells, strict=True))
            for operation, cells in self.book["matrix"][table].items()
        }


def operations_of_the_api() -> set[str]:
    """Every operation of the committed OpenAPI file, as `GET /api/v1/…`."""
    paths = json.loads((ROOT / "web" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
