"""Real browsers for the stories: a page of a signed-in person, and what is looked for on any page."""

import mimetypes
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, Playwright

from support.servers import Servers

DESK = (1440, 900)
PHONE = (390, 844)
ROOM = (1920, 1080)
"""Sizes in CSS pixels: the desk first designed for, a grid member's phone, the wall of a command room."""

SPOKEN = {"zh": "zh-CN", "en": "en-GB"}

AXE = Path(settings.BASE).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def chromium(playwright: Playwright) -> str:
    """Where the browser is: the one named, Playwright's own, or the system's. Skips the test where there is none."""
    own = playwright.chromium.executable_path
    system = shutil.which("chromium") or shutil.which("chromium-browser")
    found = os.environ.get("SHANZHI_CHROMIUM") or (own if Path(own).exists() else system)
    if not found:
        pytest.skip("no Chromium: `playwright install chromium`, or name one in SHANZHI_CHROMIUM")
    if not (Path(settings.WEB_BUILD) / "index.html").exists():
        pytest.skip("the pages are not built: `shanzhi pages`")
    return found


class Browsers:
    """`open("dispatcher", "/desk/inbox")`: each person in a browser profile of his own, all gone when the test ends."""

    def __init__(self, browser: Browser, server: Servers) -> None:
        self.browser = browser
        self.server = server
        self.troubles: list[str] = []
        """Errors that no page caught, and what the content policy forbade."""
        self._contexts: list[BrowserContext] = []

    def open(self, who: str | None, path: str, *, size: tuple[int, int] = DESK, language: str = "zh") -> Page:
        """A page of `who` (a role or username), or of nobody; `language` is the one chosen earlier in this browser."""
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            locale=SPOKEN[language],
            has_touch=size == PHONE,
            accept_downloads=True,
        )
        self._contexts.append(context)
        context.set_default_timeout(20_000)
        context.add_init_script(f"localStorage.setItem('shanzhi.language', '{language}')")
        if who:
            session = self.server.session_cookies(who)
            context.add_cookies([{"name": k, "value": v, "url": self.server.url} for k, v in session.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on("console", self._heard)
        page.goto(f"{self.server.url}{path}")
        return page

    def _heard(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.troubles.append(message.text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def hands_in(page: Page, button: str, name: str, content: bytes) -> None:
    """Presses a button that asks for a file, and chooses this one."""
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name=button, exact=True).click()
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    choosing.value.set_files(FilePayload(name=name, mimeType=media_type, buffer=content))


MOVED = """Promise.all(document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().iterations !== Infinity)
  .map((each) => each.finished.catch(() => {})))"""


def settled(page: Page) -> None:
    """What moves has arrived, and nothing new begins to move: half faded in, a word has no contrast yet."""
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(MOVED)


def barriers(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    settled(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run(document, {{runOnly: {RULES}}}).then(r => r.violations)")
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]


def number(page: Page, metric: str) -> Locator:
    """A figure of the wall, by its name in the metric catalogue."""
    return page.locator(f'[data-metric="{metric}"]').first


def value(page: Page, metric: str) -> int:
    return int(number(page, metric).get_attribute("data-value") or "-1")
