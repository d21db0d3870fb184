"""Where a run ran: versions, devices, revision of the code."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("tensorflow", "keras", "numpy", "openvino", "simplejpeg", "opencv-python-headless", "vasculum")


def environment() -> dict[str, Any]:
    """JSON-ready facts. Devices are those TensorFlow sees, null where it is not loaded."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": packages(),
        "devices": devices(),
        "revision": revision(),
        "command": command(),
    }


def packages() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def devices() -> list[str] | None:
    # Not imported for this alone: it takes seconds, and a run without TensorFlow has no devices of it.
    if "tensorflow" not in sys.modules:
        return None
    from training.backend import tf

    found = []
    for device in tf.config.list_physical_devices():
        details = tf.config.experimental.get_device_details(device) if device.device_type == "GPU" else {}
        found.append(details.get("device_name") or device.device_type)
    return found


def revision() -> str | None:
    """The commit of the code that runs, with "+changes" where files differ; None outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        commit = _git(here, "rev-parse", "HEAD")
        changed = _git(here, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{commit}+changes" if changed else commit


def _git(where: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=where, check=True, capture_output=True, text=True, timeout=10
    )
    return done.stdout.strip()


def command() -> list[str] | None:
    """The command line, where it is one of `python -m training`; those of workers can hold passwords."""
    started = Path(sys.argv[0])
    return ["python", "-m", "training", *sys.argv[1:]] if started.parent.name == "training" else None
