"""The figures by which efficiency is judged: one set of names for plan, benchmark and running system."""

from typing import NamedTuple

import msgspec

__all__ = ["COMPARED", "MEGABYTE", "METRICS", "Figures", "Metric"]

MEGABYTE = 1_000_000
"""Bytes. The larger unit of 1,048,576 would make our own figures look smaller."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a system uses and achieves; None where it is not known.

    Attributes:
        cpu_percent: of one core, all processes. memory_mb: all processes, shared pages counted once.
        reconnections_hour: stream connections that had to be made again in an hour.
        response_time_ms: of the API; 95th percentile where it is measured, the average in the plan.
        accuracy_percent: share of sampled contracts whose values equal the exchange's.
        messages_second: messages of the stream, the load under which the rest was measured.
        cpu_ms_message: CPU time of all processes per message.
        network_gb: exchanged with every peer since start. network_mb_hour, network_bytes_message: the same by time and
            by message.
        disk_mb_hour, disk_bytes_message: written to disk, by time and by message.
        store_bytes_message: sent to the store per message. store_memory_mb: what the store holds.
    """

    cpu_percent: float | None = None
    memory_mb: float | None = None
    reconnections_hour: float | None = None
    response_time_ms: float | None = None
    accuracy_percent: float | None = None
    messages_second: float | None = None
    cpu_ms_message: float | None = None
    network_gb: float | None = None
    network_mb_hour: float | None = None
    network_bytes_message: float | None = None
    disk_mb_hour: float | None = None
    disk_bytes_message: float | None = None
    store_bytes_message: float | None = None
    store_memory_mb: float | None = None


class Metric(NamedTuple):
    """How one figure is shown; `compared` where less of it is an improvement."""

    name: str
    label: str
    unit: str
    compared: bool = True


METRICS = (
    Metric("cpu_percent", "CPU", "% of a core"),
    Metric("memory_mb", "memory", "MB"),
    Metric("reconnections_hour", "reconnects", "per h"),
    Metric("response_time_ms", "API response p95", "ms"),
    Metric("accuracy_percent", "accuracy", "%", compared=False),
    Metric("messages_second", "messages", "per s", compared=False),
    Metric("cpu_ms_message", "CPU per message", "ms"),
    Metric("network_gb", "network, total", "GB"),
    Metric("network_mb_hour", "network", "MB/h"),
    Metric("network_bytes_message", "network/message", "bytes"),
    Metric("disk_mb_hour", "disk writes", "MB/h"),
    Metric("disk_bytes_message", "disk/message", "bytes"),
    Metric("store_bytes_message", "to store/message", "bytes"),
    Metric("store_memory_mb", "store memory", "MB"),
)
"""Every field of `Figures`, in the order in which they are shown."""

COMPARED = tuple(metric.name for metric in METRICS if metric.compared)
"""Names of the figures of which less is better."""
