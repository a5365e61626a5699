"""The demonstration's own endpoint: who may sign in to a furnished street. Answers 404 on any other."""

import json
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from shanzhi.core.errors import NotFound

router = Router(tags=["demo"])


class DemoAccount(Schema):
    role: str
    title: str
    username: str
    password: str


class DemoAccounts(Schema):
    accounts: list[DemoAccount]


@router.get("/demo/accounts", response=DemoAccounts, auth=None, summary="Accounts of the furnished demonstration")
def accounts(request: HttpRequest) -> DemoAccounts:
    path = Path(settings.HOME) / "accounts.json"
    if not path.exists():
        raise NotFound("not_found")
    return DemoAccounts.model_validate({"accounts": json.loads(path.read_text(encoding="utf-8"))["accounts"]})
