"""The page of a run in a real browser: slider, filters, keyboard, folding, and no errors.

``make browser`` runs these; they need Chromium, which CHROMIUM names where it has another path.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

import milpbft
from milpbft.report.explorer import Run, write_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
NAMES = {
    "lock": "dbft2-strict-n4-v2-c1-undecided",
    "fork": "pbft-n4-v2-e2-steps_fork-blind",
    "round": "povround-nc4-nb3-tb5-t15-bb1-blocks-delta1",
    "overlay": "hgfrr-n12-r4-k2-s0-b1-coverage",
    "takeover": "powmfail-g2-d1-e1-x8-m1-b1-time-managers-rates-1x2",
    "n31": "dbft2-strict-n31-v2-c1-undecided",
    "n100": "dbft2-strict-n100-v2-b1-undecided",
}
WIDTHS = (420, 1000, 1400)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        started = playwright.chromium.launch(executable_path=path, args=quiet)
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a page per witness."""
    folder = tmp_path_factory.mktemp("pages")
    for short, name in NAMES.items():
        worst = milpbft.solve(name)
        assert worst.schedule is not None
        run = Run(worst.schedule, "", worst.answer, [("value", str(worst.value))])
        write_page([run], folder / f"{short}.html")
    return folder


class Opened:
    """A page, and what the browser complained of."""

    def __init__(self, browser: Browser, path: Path, width: int = 1400) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900})
        self.errors: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(path.as_uri())

    def _note(self, message: object) -> None:
        if getattr(message, "type", "") in {"error", "warning"}:
            self.errors.append(str(getattr(message, "text", message)))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("short", NAMES)
def test_a_page_opens_without_a_complaint(
    browser: Browser, pages: Path, tmp_path: Path, short: str, width: int
):
    """At every width nothing sticks out, and the picture has lanes and marks."""
    opened = Opened(browser, pages / f"{short}.html", width)
    assert opened.errors == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.locator("svg[role=img] .mark").count() > 0
    where = os.environ.get("SCREENSHOTS")
    shots = tmp_path if where is None else type(tmp_path)(where)
    opened.page.screenshot(path=shots / f"{short}-{width}.png", full_page=True)
    assert (shots / f"{short}-{width}.png").stat().st_size > 10_000
    opened.page.close()


def test_the_slider_shows_what_was_known_when(browser: Browser, pages: Path):
    """At the first tick nothing has happened yet; keys and buttons move it by one."""
    opened = Opened(browser, pages / "lock.html")
    page = opened.page
    slider = page.locator("input[type=range]")
    last = int(slider.input_value())
    assert page.locator(".mark.later").count() == 0
    slider.fill("0")
    assert page.locator(".mark.later").count() == page.locator(".mark").count()
    page.locator("main").click(position={"x": 2, "y": 2})
    page.keyboard.press("End")
    assert slider.input_value() == str(last)
    page.keyboard.press("ArrowLeft")
    assert slider.input_value() == str(last - 1)
    page.get_by_role("button", name="back").click()
    assert slider.input_value() == str(last - 2)
    assert "receives" in page.locator("ol.events").inner_text()
    slider.fill("1")
    assert "rule: " in page.locator("ol.events").inner_text()
    slider.fill(str(last))
    states = page.locator(".states").inner_text()
    assert "1 of 3 commits" in states
    assert "crashed" in states
    assert opened.errors == []


def test_filters_hide_kinds_and_nodes(browser: Browser, pages: Path):
    """A box that is not checked hides its messages, or what its node did."""
    opened = Opened(browser, pages / "lock.html")
    page = opened.page
    page.get_by_label("ChangeView").uncheck()
    hidden = page.locator(".mark.hidden").count()
    assert hidden > 0
    page.get_by_label("node 2", exact=True).uncheck()
    assert page.locator(".mark.hidden").count() > hidden
    page.get_by_label("node 2", exact=True).check()
    page.get_by_label("ChangeView").check()
    assert page.locator(".hidden").count() == 0
    assert opened.errors == []


def test_many_nodes_are_folded_and_unfold(browser: Browser, pages: Path):
    """A hundred nodes are a few lanes; a click or Enter shows each of a group."""
    opened = Opened(browser, pages / "n100.html")
    page = opened.page
    lanes = page.locator("svg[role=img] text[data-lane]")
    folded = lanes.count()
    assert folded < 12
    group = page.locator("svg[role=img] text[role=button]").first
    group.click()
    assert lanes.count() > folded + 20
    page.locator("svg[role=img] text[role=button]").first.press("Enter")
    assert lanes.count() == folded
    assert opened.errors == []


def test_a_page_is_readable_by_others(browser: Browser, pages: Path):
    """It has a language, a title, and a text instead of its picture."""
    page = Opened(browser, pages / "fork.html").page
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title().startswith("FORK: PBFT")
    assert "FORK" in (page.locator("svg[role=img]").get_attribute("aria-label") or "")
