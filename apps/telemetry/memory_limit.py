"""How much memory this process may use: its cgroup's limit (v1 or v2), else the machine's memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

CGROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def memory_limit(cgroups: Path = CGROUPS, own: Path = OWN) -> int:
    """Bytes: the smallest limit on the way from our cgroup up to the root, at most the physical memory."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # "No limit" is "max" in v2 and a number near 2**63 in v1: larger than any machine's memory either way.
    return min([physical, *_limits(cgroups, own)])


def _limits(cgroups: Path, own: Path) -> Iterator[int]:
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            yield from _upwards(cgroups, path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _upwards(cgroups / "memory", path, "memory.limit_in_bytes")


def _upwards(root: Path, path: str, name: str) -> Iterator[int]:
    """Limits of the cgroup and of all above. In a container the path may be the host's: then only the root is there."""
    here = PurePosixPath(path.lstrip("/"))
    for folder in [here, *here.parents]:
        try:
            text = (root / folder / name).read_text().strip()
        except OSError:
            continue
        if text.isdigit() and int(text) > 0:
            yield int(text)
