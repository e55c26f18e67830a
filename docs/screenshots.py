"""Takes the screenshots of the docs: the HTML report of the demo, light, dark and on a phone, and a trace in a real UI.

`make screenshots` runs it. It needs Chromium, and for the trace npm, from which the Aspire Dashboard comes.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "screenshots"
PROGRAM = Path(sys.executable).with_name("otel-claude")

sys.path.insert(0, str(ROOT))

from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402

from otel_claude import attributes as names  # noqa: E402
from tests import browser  # noqa: E402
from tests.receivers import aspire  # noqa: E402


def main() -> None:
    """Takes them all."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        _run("demo", "--directory", str(demo))
        page = demo / "report.html"
        _run("report", "--lint", "--html", str(page), cwd=demo)
        _report(page, "report.png", look="light", width=1000)
        _report(page, "report-dark.png", look="dark", width=1000)
        _report(page, "report-phone.png", look="light", width=390)
        _trace(demo)


def _run(*arguments: str, cwd: Path | None = None) -> None:
    subprocess.run([PROGRAM, *arguments], cwd=cwd, check=False, capture_output=True)  # noqa: S603 - our own


def _report(page: Path, name: str, *, look: str, width: int) -> None:
    """The whole page in a window of that width."""
    with browser.browser(width=width) as driver:
        emulated = {"features": [{"name": "prefers-color-scheme", "value": look}]}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", emulated)
        driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
        driver.get(page.as_uri())
        _wait(driver, f".chart[data-drawn={look}] svg")
        size = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        picture = driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": {**size, "scale": 1}}
        )
        (FOLDER / name).write_bytes(base64.b64decode(picture["data"]))
    print(f"docs/screenshots/{name}")


def _trace(demo: Path) -> None:
    """A trace of the demo in the Aspire Dashboard."""
    try:
        with aspire.running() as dashboard:
            _run(
                "replay",
                "--to",
                dashboard.endpoints["http/protobuf"],
                "--journal",
                str(demo / "journal"),
                cwd=demo,
            )
            with browser.browser(width=1400, height=1000) as driver:
                driver.get(f"{dashboard.frontend}/traces")
                _open_the_last_trace(driver)
                # That the dashboard of a moment asks for no password is not what the picture is about.
                driver.find_element("css selector", ".fluent-messagebar-container-action svg").click()
                time.sleep(1)
                driver.save_screenshot(str(FOLDER / "trace-aspire.png"))
        print("docs/screenshots/trace-aspire.png")
    except aspire.UnavailableError as error:
        print(f"no trace in a real UI: {error}", file=sys.stderr)


def _open_the_last_trace(driver) -> None:
    """Opens the trace that the list shows last, and of its span what it cost."""
    _click(driver, names.INFERENCE_SPAN, leads_to="/traces/detail/")
    _click(driver, "HTTP POST", leads_to=names.COST_AMOUNT)  # what this UI calls a client's span
    for letter in "cost":  # the filter has the focus, and takes one letter at a time
        ActionChains(driver).send_keys(letter).perform()
        time.sleep(1)


def _click(driver, text: str, leads_to: str) -> None:
    """Clicks the last place that has the text, until the address or the page has what that leads to."""
    end = time.monotonic() + 60
    while leads_to not in driver.current_url and leads_to not in driver.page_source:
        if time.monotonic() > end:
            raise TimeoutError(f"no click on {text} leads to {leads_to}")
        found = driver.find_elements("xpath", f"//*[not(*) and contains(text(), '{text}')]")
        if found:
            driver.execute_script("arguments[0].click()", found[-1])
        time.sleep(3)


def _wait(driver, selector: str) -> None:
    until = time.monotonic() + 30
    while not driver.find_elements("css selector", selector):
        if time.monotonic() > until:
            raise TimeoutError(f"{selector} does not come")
        time.sleep(0.2)


if __name__ == "__main__":
    main()
