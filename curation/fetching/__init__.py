"""Fetches pictures from the hosts of collections, politely. asyncio, no Django.

await fetch_all(work, FetchSettings(folder=…, version=…, info_url=…, contact=…), stop=event)
recover(folder)    what a killed run had fetched but not settled

How it behaves towards hosts, and what each failure means: docs/downloads.md.
"""

from curation.fetching.addresses import host_of
from curation.fetching.engine import fetch_all
from curation.fetching.failures import FAILURES, FailureClass
from curation.fetching.recovery import forget, recover
from curation.fetching.results import HostPolicy, Outcome, Result, Target, Work
from curation.fetching.settings import FetchSettings, FetchSettingsError

__all__ = [
    "FAILURES",
    "FailureClass",
    "FetchSettings",
    "FetchSettingsError",
    "HostPolicy",
    "Outcome",
    "Result",
    "Target",
    "Work",
    "fetch_all",
    "forget",
    "host_of",
    "recover",
]
