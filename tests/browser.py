"""A real Chromium, without a screen, driven by tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager

from tests.environments import ENVIRONMENTS, locked

AXE = "axe-core@4.11.0"


class UnavailableError(Exception):
    """There is no browser here. The message says why."""


@contextmanager
def browser(width=1000, height=900):
    """A driver of a new Chromium with an empty profile. Raises `UnavailableError`."""
    _install()
    try:
        from selenium import webdriver
        from selenium.common.exceptions import WebDriverException
    except ImportError:
        raise UnavailableError("selenium is not installed") from None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in (
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={profile}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService(shutil.which("chromedriver"))
        try:
            driver = webdriver.Chrome(options, service)
        except WebDriverException as error:
            raise UnavailableError(f"Chromium does not start: {error.msg}") from None
        try:
            # A window without a screen is not narrower than 500 pixels; a device is.
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            yield driver
        finally:
            driver.quit()


def _install():
    """Has Debian's Chromium installed where that can be done."""
    if shutil.which("chromium") and shutil.which("chromedriver"):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise UnavailableError("chromium and chromedriver are not installed")
    with locked("chromium"):
        command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends"]
        done = subprocess.run(
            [*command, "chromium", "chromium-driver"], capture_output=True, text=True, timeout=400
        )
        if done.returncode:
            raise UnavailableError(f"apt-get could not install chromium: {done.stderr.strip()[-300:]}")


def axe():
    """The code of axe, which finds what assistive technology cannot read. Raises `UnavailableError`."""
    folder = ENVIRONMENTS / AXE.replace("@", "-")
    file = folder / "node_modules" / "axe-core" / "axe.min.js"
    with locked(folder.name):
        if not file.exists():
            npm = shutil.which("npm")
            if npm is None:
                raise UnavailableError("npm is not installed")
            folder.mkdir(parents=True, exist_ok=True)
            command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), AXE]
            done = subprocess.run(command, capture_output=True, text=True, timeout=180)
            if done.returncode:
                raise UnavailableError(f"npm could not install {AXE}: {done.stderr.strip()[-300:]}")
    return file.read_text()
