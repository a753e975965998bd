"""What another process on this machine uses: its CPU time, and its memory (Linux)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

_CPU_CLOCK_OF_ALL_THREADS = 2
MIB = 1024 * 1024


def cpu_seconds(pid: int) -> float:
    """Give the CPU time that a process has used with all its threads, to the microsecond.

    The clock's id is made as `clock_getcpuclockid` makes it (include/linux/posix-timers.h); /proc
    tells the same in hundredths of a second.
    """
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK_OF_ALL_THREADS)


def resident_mib(pid: int) -> float:
    """Give how much of a process stands in memory, in MiB."""
    return _status(pid, "VmRSS")


def peak_mib(pid: int) -> float:
    """Give how much of a process stood in memory at the most, in MiB."""
    return _status(pid, "VmHWM")


def _status(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / MIB
    raise ValueError(f"/proc/{pid}/status tells no {name}")


@dataclass(frozen=True, slots=True)
class Idling:
    """What a process costs that does nothing: a host asks its queues for messages all the time."""

    pid: int
    a_second: float

    @classmethod
    def of(cls, pid: int, seconds: float) -> Idling:
        """Watch a process for so long while nobody asks anything of it."""
        before, began = cpu_seconds(pid), time.monotonic()
        time.sleep(seconds)
        return cls(pid, (cpu_seconds(pid) - before) / (time.monotonic() - began))

    def meter(self) -> CpuMeter:
        """Begin to count what the process uses beyond that."""
        return CpuMeter(self, cpu_seconds(self.pid), time.monotonic())


@dataclass(frozen=True, slots=True)
class CpuMeter:
    """Counts from when it was made."""

    idling: Idling
    before: float
    began: float

    def seconds(self) -> float:
        """Give the CPU time that was used for work so far, in seconds."""
        used = cpu_seconds(self.idling.pid) - self.before
        return max(0.0, used - self.idling.a_second * (time.monotonic() - self.began))
