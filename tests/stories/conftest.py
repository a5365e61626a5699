"""Each file of stories has one street with one real server, which its stories share; browsers are the test's own."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from support.browser import Browsers, chromium
from support.databases import Databases, Urls
from support.django_database import connected
from support.servers import Servers
from support.street import Street


@pytest.fixture(scope="module")
def database(databases: Databases, django_db_blocker: Any) -> Iterator[Urls]:
    with databases.clone() as urls, django_db_blocker.unblock(), connected(urls.app):
        yield urls


@pytest.fixture(scope="module")
def street(database: Urls) -> Street:
    return Street(database)


@pytest.fixture(scope="module")
def server(street: Street, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    home, logs = Path(os.environ["SHANZHI_HOME"]), tmp_path_factory.mktemp("servers")
    with Servers(street, home=home, logs=logs) as servers:
        yield servers


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all stories. Playwright leaves an event loop running in this thread, beside which Django refuses
    to read unless told that nothing here is asynchronous.
    """
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=15_000)  # patience for a machine that is busy; what comes at once costs nothing
        browser = playwright.chromium.launch(executable_path=chromium(playwright), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browsers(browser: Browser, server: Servers) -> Iterator[Browsers]:
    browsers = Browsers(browser, server)
    yield browsers
    browsers.close()
    assert browsers.troubles == []
