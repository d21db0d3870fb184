"""pytest plugin: a failure is told when it happens, and which test a process was in when it died.

The summary comes at the end; a run that is cut off has none. Loaded with `-p tests.told` (pyproject.toml).
"""

from __future__ import annotations

import os

import pytest


class Told:
    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self.terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            said = report.longreprtext.strip().splitlines() or [""]
            self.terminal.ensure_newline()
            self.terminal.write_line(f"FAILED in {report.when}: {report.nodeid}")
            for line in said[-8:]:
                self.terminal.write_line(f"    {line[:300]}")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # Processes of pytest-xdist send their reports to the first one, which tells them.
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None and "PYTEST_XDIST_WORKER" not in os.environ:
        config.pluginmanager.register(Told(terminal), "told")
