"""The measures, in the order in which they are made: one module each."""

from benchmarks.measures import (
    backlog,
    callback,
    cold_start,
    forged,
    idle_lane,
    lanes,
    memory,
    pace,
    polling,
    recovery,
    start,
    throughput,
)
from benchmarks.measures.measure import Measure

ALL: tuple[Measure, ...] = (
    cold_start.MEASURE,
    forged.MEASURE,
    start.MEASURE,
    callback.MEASURE,
    idle_lane.MEASURE,
    throughput.MEASURE,
    polling.MEASURE,
    backlog.MEASURE,
    memory.MEASURE,
    pace.MEASURE,
    lanes.MEASURE,
    recovery.MEASURE,
)
