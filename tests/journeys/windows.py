"""People's browser windows: one for each person, and a memory of everything that went wrong in any of them."""

import datetime as dt
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.cast import PASSWORD

SCREENSHOTS = Path(__file__).parent / "screenshots"
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
GRAVE = ("serious", "critical")


class Windows:
    """`folder` takes the screenshots, numbered in the order of the story."""

    def __init__(self, browser: Browser, base_url: str, folder: str):
        self.browser, self.base_url = browser, base_url
        self.folder = SCREENSHOTS / folder
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.png"):
            old.unlink()
        self.shots = 0
        self.complaints: list[str] = []
        self.contexts = []

    def open(self, address: str = "/", *, viewport=DESK) -> Page:
        """A window in which nobody is signed in."""
        context = self.browser.new_context(
            viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=self.base_url
        )
        context.set_default_timeout(20_000)
        context.clock.install(time=dt.datetime.now(dt.UTC))
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.goto(address)
        return page

    def sign_in(self, username: str, password: str = PASSWORD, *, viewport=DESK) -> Page:
        """A window in which the person signed in on the page for it and reached 工作台."""
        page = self.open("/login/?next=/office/", viewport=viewport)
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(password)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("工作台")
        return page

    def shot(self, page: Page, name: str) -> None:
        """The page at both widths; on a phone nothing may stick out to the right."""
        self.shots += 1
        before = page.viewport_size
        page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            if size == PHONE:
                width = page.evaluate("document.scrollingElement.scrollWidth")
                if width > PHONE["width"]:
                    self.complaints.append(f"{page.url}: {width} px wide on a phone")
            path = self.folder / f"{self.shots:02d}-{name}-{size['width']}.png"
            page.screenshot(path=path, full_page=True, animations="disabled")
        page.set_viewport_size(before)

    def inspect(self, page: Page, name: str) -> None:
        """A screenshot, and a look with the eyes of somebody who uses a screen reader or a keyboard."""
        self.shot(page, name)
        for found in Axe().run(page).response["violations"]:
            if found["impact"] in GRAVE:
                where = ", ".join(str(node["target"]) for node in found["nodes"][:3])
                self.complaints.append(f"{page.url}: {found['id']}: {found['help']}: {where}")

    def close(self) -> None:
        """What everybody saw last tells where a broken story broke."""
        for number, context in enumerate(self.contexts, 1):
            for page in context.pages:
                page.screenshot(path=self.folder / f"last-{number}.png")
            context.close()

    def _listen(self, message) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.location.get('url')}: {message.text}")
