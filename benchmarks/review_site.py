"""The web server and a signed-in Chromium for benchmarks of pages. Django must be set up."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.timing import ROOT

START_SECONDS = 60
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def chromium_program() -> str:
    """VASCULUM_CHROMIUM, else the one of the system."""
    return os.environ.get("VASCULUM_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


@contextmanager
def served(**environment: str) -> Iterator[str]:
    """The address of the server, as `manage.py up` starts it; it ends with the block."""
    from curation.embedded.children import leave_with, web_words

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(
        web_words("127.0.0.1", port),
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for this process, which then ends the server
        preexec_fn=leave_with(os.getpid()),
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(server, url)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the web server ended with status {server.returncode}")
        try:
            urllib.request.urlopen(f"{url}/sign-in/", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"no answer from {url} in {START_SECONDS} s")


@contextmanager
def signed_in(user: Any, url: str) -> Iterator[Any]:
    """A page of a Chromium of its own, with the session of `user`."""
    from django.conf import settings
    from django.test import Client
    from playwright.sync_api import sync_playwright

    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_program(), args=ARGUMENTS)
        try:
            context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])
            yield context.new_page()
        finally:
            browser.close()


def give_files(images: list[Any], short_side: int, drawn: int = 17) -> None:
    """Real renditions for rows that have none: `drawn` different pictures, again and again."""
    import tempfile

    from curation.drawing import CLASS_SLUGS, draw
    from curation.imaging import process
    from curation.services.files import store

    made = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(min(drawn, len(images))):
            path = Path(folder) / f"{number}.jpg"
            slug = CLASS_SLUGS[number % len(CLASS_SLUGS)]
            draw(slug, number, short_side=short_side).save(path, quality=90)
            made.append((path.read_bytes(), process(path).renditions))
    for place, image in enumerate(images):
        original, renditions = made[place % len(made)]
        store(image.file_name("original"), original)
        for rendition, content in renditions.items():
            store(image.file_name(rendition), content)
