"""The process-tree sampler on real processes."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from sampler_support import context, now_ns, settings

from edgeenv.capture.samplers import descendants, process_tree
from edgeenv.capture.samplers.base import SamplerUnavailableError
from edgeenv.capture.samplers.process_tree import ProcessTree
from edgeenv.capture.window import Window

pytest.importorskip("psutil")

HOLD = "import time; held = bytearray({mb} << 20); print('ready', flush=True); time.sleep(30)"


def watched(directory, code, seconds=0.5, **members):
    """Watch a real command for a while; the summary of that while."""
    sampler = ProcessTree()
    sampler.start(context(directory, settings("process-tree", interval_ms=50, **members)))
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        sampler.command_started(child.pid)
        begin = now_ns()
        time.sleep(seconds)
        end = now_ns()
        child.kill()
    sampler.stop()
    return sampler.summary(Window(begin, end))


def test_the_memory_of_a_command(tmp_path):
    summary = watched(tmp_path, HOLD.format(mb=60))
    peak, mean = summary.metric("memory_peak_mb"), summary.metric("memory_mean_mb")
    assert 60 < peak.value < 90
    assert 60 < mean.value <= peak.value
    assert (peak.basis, peak.unit, summary.details["memory_basis"]) == ("rss_tree", "MB", "rss_tree")
    assert summary.tool.scope == "process-tree"
    assert summary.raw_artifacts == ("sampler/samples.jsonl",)
    assert summary.shortfalls == ()
    assert summary.metric("energy_j") is None


def test_children_count_and_shared_pages_are_told_of(tmp_path):
    code = (
        "import os, time\n"
        "held = bytearray(40 << 20)\n"
        "top = os.getpid()\n"
        "[os.fork() for _ in range(2) if os.getpid() == top]\n"
        "print('ready', flush=True) if os.getpid() == top else None\n"
        "time.sleep(1.2)\n"
    )
    summary = watched(tmp_path, code, 0.7)
    assert summary.details["most_processes"] == 3
    assert summary.metric("memory_peak_mb").value > 100
    if "pss_near_peak_mb" in summary.details:
        assert summary.details["pss_near_peak_mb"] < 80
        assert any("counts shared pages" in told for told in summary.warnings)


def test_cpu_time_and_context_switches(tmp_path):
    summary = watched(tmp_path, "print('ready', flush=True)\nwhile True: pass", 0.6)
    assert 0.1 < summary.details["cpu_time_s"] < 5
    assert summary.details["involuntary_context_switches"] >= 0
    assert summary.details["voluntary_context_switches"] >= 0


def test_a_command_that_has_ended_already_gives_no_samples(tmp_path):
    sampler = ProcessTree()
    sampler.start(context(tmp_path, settings("process-tree", interval_ms=20)))
    with subprocess.Popen(["true"]) as child:
        child.wait()
    sampler.command_started(child.pid)
    begin = now_ns()
    time.sleep(0.1)
    sampler.stop()
    summary = sampler.summary(Window(begin, now_ns()))
    assert [shortfall.code for shortfall in summary.shortfalls] == ["sampler-no-samples"]
    assert summary.metrics == ()
    assert summary.raw_artifacts == ()


def test_a_child_that_comes_and_goes_is_no_trouble(tmp_path):
    code = (
        "import subprocess, time; print('ready', flush=True)\n"
        "for _ in range(30): subprocess.run(['true']); time.sleep(0.01)\n"
        "time.sleep(5)"
    )
    summary = watched(tmp_path, code, 0.7)
    assert summary.shortfalls == ()
    assert summary.metric("memory_peak_mb").value > 1


def test_a_kernel_without_lists_of_children_is_looked_at_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(descendants, "of", lambda _pid: None)
    code = (
        "import os, time; top = os.getpid(); os.fork()\n"
        "print('ready', flush=True) if os.getpid() == top else None; time.sleep(1)"
    )
    assert watched(tmp_path, code).details["most_processes"] == 2


def test_the_kernels_lists_agree_with_psutil(tmp_path):
    import psutil

    code = "import os, time; os.fork(); os.fork(); print('ready', flush=True); time.sleep(30)"
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE) as child:
        for _ in range(4):
            child.stdout.readline()
        found = {process.pid for process in psutil.Process(child.pid).children(recursive=True)}
        listed = descendants.of(child.pid)
        for pid in found:
            psutil.Process(pid).kill()
        child.kill()
    assert len(found) == 3
    assert listed is None or set(listed) == found
    assert descendants.of(child.pid, tmp_path) is None


def test_without_psutil_there_is_a_hint(tmp_path, monkeypatch):
    def refuse(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(process_tree, "import_module", refuse)
    with pytest.raises(SamplerUnavailableError) as refused:
        ProcessTree().start(context(tmp_path, settings("process-tree")))
    assert refused.value.hint == "install it: pip install 'edgeenv[sampling]'"


def test_a_system_without_pss_is_asked_once(tmp_path, monkeypatch):
    import psutil

    asked = []

    def refuse(process):
        asked.append(process)
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "memory_full_info", refuse)
    summary = watched(tmp_path, HOLD.format(mb=20))
    assert len(asked) == 1
    assert "pss_near_peak_mb" not in summary.details
    assert summary.metric("memory_peak_mb").value > 20


def test_psutil_is_not_imported_before_it_is_needed():
    code = (
        "import sys; from edgeenv.capture.samplers import catalogue\n"
        "[catalogue.create(name) for name in catalogue.names()]\n"
        "sys.exit('psutil' in sys.modules or 'pynvml' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
