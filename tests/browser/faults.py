"""What goes wrong on the way from the key to the database, made to happen at a known moment."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
from contextlib import suppress

from playwright.sync_api import Page

from curation.models import Vote
from tests.browser.review_steps import until
from tests.browser.site import Site

VOTES = b"POST /api/v1/votes/ "


def chromium_program() -> str:
    """The browser of the fixture `chromium`, for another one beside it."""
    return os.environ.get("VASCULUM_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


def judge(page: Page, keys: str) -> list[tuple[int, str]]:
    """One picture after the other, as soon as each is on the screen: which it was, and the class said."""
    said = []
    for key in keys:
        page.wait_for_selector("[data-review][data-shown]")
        shown = page.locator("[data-review]").get_attribute("data-shown")
        assert shown is not None
        page.keyboard.press(key)
        until(page, f"document.querySelector('[data-review]').dataset.shown !== '{shown}'")
        said.append((int(shown), key.upper()))
    return said


def on_record() -> list[tuple[int, str]]:
    """All votes for a class in the order the server took them: candidate, class."""
    rows = Vote.objects.filter(kind="label").order_by("created_at").values_list("candidate", "label__key")
    return [(candidate, key) for candidate, key in rows if key is not None]


def fetched(page: Page, pictures: int) -> None:
    """The browser has at least so many pictures to show by now."""
    until(
        page,
        "n => performance.getEntriesByType('resource').filter((e) => e.name.includes('/review/')"
        " && e.initiatorType === 'img' && e.responseEnd > 0).length >= n",
        arg=pictures,
    )


def kill(site: Site) -> None:
    """`kill -9` of the server, its worker and all; what they were doing stays undone."""
    assert site.process is not None
    os.killpg(site.process.pid, signal.SIGKILL)
    site.process.wait()


class Cable:
    """A network cable to the site that can be broken for votes: the next ones lose their answer or are torn.

    lose_answers: so many times the server gets the whole request, and the browser never hears of it.
    tear_requests: so many times only half of the request arrives. `broken` counts what was broken.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.lose_answers = self.tear_requests = self.broken = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _listen(self) -> None:
        with suppress(OSError):  # closed
            while True:
                browser, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.site.port))
                threading.Thread(target=self._carry, args=(browser, server), daemon=True).start()

    def _carry(self, browser: socket.socket, server: socket.socket) -> None:
        doomed = threading.Event()
        threading.Thread(target=self._answer, args=(browser, server, doomed), daemon=True).start()
        with suppress(OSError):
            while piece := browser.recv(1 << 16):
                if VOTES in piece and self.tear_requests:
                    self.tear_requests -= 1
                    self.broken += 1
                    server.sendall(piece[: len(piece) - 40])
                    break
                if VOTES in piece and self.lose_answers:
                    self.lose_answers -= 1
                    doomed.set()
                server.sendall(piece)
        hang_up(browser, server)

    def _answer(self, browser: socket.socket, server: socket.socket, doomed: threading.Event) -> None:
        with suppress(OSError):
            while piece := server.recv(1 << 16):
                if doomed.is_set():
                    self.broken += 1
                    break
                browser.sendall(piece)
        hang_up(browser, server)


def hang_up(*ends: socket.socket) -> None:
    """Not `close`: it waits for the thread that reads from the other side."""
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
