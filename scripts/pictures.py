"""The README's pictures, taken from a running `make demo`: `python scripts/pictures.py [ADDRESS]`."""

import json
import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "pictures"
HOME = Path(os.environ.get("SHANZHI_HOME", ROOT / ".shanzhi"))
SHOTS = (  # name, who looks, address, size
    ("inbox", "zhihui", "/desk/inbox", (1440, 900)),
    ("wall", "lingdao", "/wall", (1920, 1080)),
    ("rates", "lingdao", "/desk/rates?by=category", (1440, 900)),
    ("phone", "zhihui", "/desk/phone", (1440, 900)),
    ("import", "zhihui", "/desk/import", (1440, 900)),
    ("inbox-phone", "chengguan", "/desk/inbox", (390, 844)),
)
WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]


def main() -> None:
    demo = json.loads((HOME / "demo.json").read_text(encoding="utf-8"))
    address = sys.argv[1] if len(sys.argv) > 1 else demo["url"]
    passwords = {account["username"]: account["password"] for account in demo["accounts"]}
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", *WEBGL])
        for name, username, path, (width, height) in SHOTS:
            take(browser, address, (username, passwords[username]), path, (width, height), OUT / f"{name}.png")
        browser.close()


def take(browser: Browser, address: str, who: tuple[str, str], path: str, size: tuple[int, int], to: Path) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    page = context.new_page()
    context.request.get(f"{address}/_allauth/browser/v1/config")
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrftoken")
    context.request.post(
        f"{address}/_allauth/browser/v1/auth/login",
        data={"username": who[0], "password": who[1]},
        headers={"X-CSRFToken": token, "Referer": address},
    )
    page.goto(f"{address}{path}")
    page.wait_for_timeout(4_000)  # the map draws, the stream connects
    page.screenshot(path=to)
    context.close()
    print(to.relative_to(ROOT))


if __name__ == "__main__":
    main()
