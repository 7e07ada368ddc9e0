"""Walls around us: cgroup limits and throttling, container, virtual machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeenv.capture.conditions.observed import Observed
    from edgeenv.capture.sysroot import Sysroot

_OWN_CGROUP = "/proc/self/cgroup"
_CGROUPS = "/sys/fs/cgroup"
_NO_LIMIT = 1 << 60
_MB = 1 << 20
_CONTAINER_WORDS = ("docker", "containerd", "kubepods", "lxc", "podman")
_MACHINES = (
    "kvm",
    "qemu",
    "vmware",
    "virtualbox",
    "xen",
    "bochs",
    "hyper-v",
    "virtual machine",
    "amazon ec2",
    "google compute engine",
    "parallels",
    "firecracker",
)
_DMI = "/sys/class/dmi/id"


def observe(observed: Observed) -> None:
    """What limits us, and hints of a container or a virtual machine."""
    unified = _unified(observed.sysroot)
    if unified is not None:
        _version_2(observed, unified)
    else:
        _version_1(observed)
    _container(observed)
    _virtual_machine(observed)


def _unified(sysroot: Sysroot) -> str | None:
    """Our cgroup in the unified hierarchy, if that is the one that limits."""
    if sysroot.text(f"{_CGROUPS}/cgroup.controllers") is None:
        return None
    for line in (sysroot.text(_OWN_CGROUP) or "").split("\n"):
        if line.startswith("0::/") and ".." not in line:
            return line.removeprefix("0::").rstrip("/")
    return None


def _ancestry(group: str) -> Iterator[str]:
    while group:
        yield f"{_CGROUPS}{group}"
        group = group.rpartition("/")[0]
    yield _CGROUPS


def _version_2(observed: Observed, group: str) -> None:
    sysroot = observed.sysroot
    cpus, memory = [], []
    for directory in _ancestry(group):
        quota, _, period = (sysroot.text(f"{directory}/cpu.max") or "").partition(" ")
        if quota.isdecimal() and period.isdecimal() and int(period):
            cpus.append((int(quota) / int(period), f"{directory}/cpu.max"))
        limit = sysroot.number(f"{directory}/memory.max")
        if limit is not None:
            memory.append((limit // _MB, f"{directory}/memory.max"))
    if cpus:
        observed.add("cgroup_cpu_limit", round(min(cpus)[0], 3), min(cpus)[1])
    if memory:
        observed.add("cgroup_memory_limit_mb", *min(memory))
    own = f"{_CGROUPS}{group}/cpu.stat"
    statistics = _statistics(sysroot, own)
    observed.add("cgroup_throttled_count", statistics.get("nr_throttled"), own)
    microseconds = statistics.get("throttled_usec")
    observed.add("cgroup_throttled_s", None if microseconds is None else microseconds / 1e6, own)


def _version_1(observed: Observed) -> None:
    sysroot = observed.sysroot
    groups: dict[str, str] = {}
    for line in (sysroot.text(_OWN_CGROUP) or "").split("\n"):
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if ".." not in group:
            groups |= dict.fromkeys(controllers.split(","), group.rstrip("/"))
    if "cpu" in groups:
        cpu = _existing(sysroot, "cpu", groups["cpu"], "cpu.cfs_quota_us")
        quota = sysroot.number(f"{cpu}/cpu.cfs_quota_us")
        period = sysroot.number(f"{cpu}/cpu.cfs_period_us")
        if quota is not None and period and quota > 0:
            observed.add("cgroup_cpu_limit", round(quota / period, 3), f"{cpu}/cpu.cfs_quota_us")
        statistics = _statistics(sysroot, f"{cpu}/cpu.stat")
        observed.add("cgroup_throttled_count", statistics.get("nr_throttled"), f"{cpu}/cpu.stat")
        nanoseconds = statistics.get("throttled_time")
        seconds = None if nanoseconds is None else nanoseconds / 1e9
        observed.add("cgroup_throttled_s", seconds, f"{cpu}/cpu.stat")
    if "memory" in groups:
        file = "memory.limit_in_bytes"
        memory = _existing(sysroot, "memory", groups["memory"], file)
        limit = sysroot.number(f"{memory}/{file}")
        if limit is not None and limit < _NO_LIMIT:
            observed.add("cgroup_memory_limit_mb", limit // _MB, f"{memory}/{file}")


def _existing(sysroot: Sysroot, controller: str, group: str, file: str) -> str:
    """Our group's directory, or inside a container, which sees its own as the top, the top."""
    own = f"{_CGROUPS}/{controller}{group}"
    return own if sysroot.text(f"{own}/{file}") is not None else f"{_CGROUPS}/{controller}"


def _statistics(sysroot: Sysroot, file: str) -> dict[str, int]:
    pairs = (line.partition(" ") for line in (sysroot.text(file) or "").split("\n"))
    return {name: int(value) for name, _, value in pairs if value.isascii() and value.isdecimal()}


def _container(observed: Observed) -> None:
    sysroot = observed.sysroot
    for file, name in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if sysroot.path(file).exists():
            observed.add("container", name, file)
            return
    for file in ("/run/systemd/container", "/run/host/container-manager"):
        observed.add_text("container", file)
        if "container" in observed.facts:
            return
    first = sysroot.text("/proc/1/cgroup") or ""
    found = next((word for word in _CONTAINER_WORDS if word in first), None)
    observed.add("container", found, "/proc/1/cgroup")


def _virtual_machine(observed: Observed) -> None:
    sysroot = observed.sysroot
    for file in (f"{_DMI}/sys_vendor", f"{_DMI}/product_name", "/sys/hypervisor/type"):
        text = (sysroot.text(file) or "").lower()
        found = next((word for word in _MACHINES if word in text), None)
        if found is not None:
            observed.add("virtual_machine", found, file)
            return
    for line in (sysroot.text("/proc/cpuinfo") or "").split("\n"):
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            if "hypervisor" in value.split():
                observed.add("virtual_machine", "hypervisor", "/proc/cpuinfo")
            return
