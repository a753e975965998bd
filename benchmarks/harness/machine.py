"""The machine that was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

_CPU_NAME = "model name"


def facts() -> dict[str, str]:
    """Tell what a reader of figures has to know of the machine."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count() or "?"),
        "memory": f"{_memory_gib():.0f} GiB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith(_CPU_NAME))
    return next(names, platform.machine())


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
