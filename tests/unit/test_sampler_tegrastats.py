"""The tegrastats sampler against a fake tool on PATH that behaves in every bad way."""

from __future__ import annotations

import json
import os
import time

import pytest
from sampler_support import context, fake_tegrastats, now_ns, run_for, settings, wait_for

from edgeenv.capture.samplers import tool_process
from edgeenv.capture.samplers.base import SamplerUnavailableError
from edgeenv.capture.samplers.jetson_tegrastats import JetsonTegrastats
from edgeenv.capture.samplers.raw_log import RawLog
from edgeenv.capture.samplers.samples import Samples
from edgeenv.capture.window import Window

QUIET = ("silent", "nonsense", "endless")


def sampled(directory, mode="steady", seconds=0.5, **members):
    """A run beside the fake; the summary of the stretch in which a command would have run."""
    wanted = settings("jetson-tegrastats", **{"interval_ms": 50, **members})
    sampler = JetsonTegrastats()
    around = context(directory, wanted, environment=fake_tegrastats(directory, mode))
    return sampler.summary(run_for(sampler, around, seconds, lambda: mode in QUIET or has_sampled(sampler)))


def has_sampled(sampler):
    return len(sampler._lines.samples) > 0


def codes(summary):
    return [shortfall.code for shortfall in summary.shortfalls]


def values(summary):
    return {metric.name: metric.value for metric in summary.metrics}


def test_a_steady_board(tmp_path):
    summary = sampled(tmp_path, seconds=0.8)
    assert codes(summary) == []
    assert summary.warnings == ()
    found = values(summary)
    assert found.pop("energy_j") == pytest.approx(5.0 * summary.window.duration_s, rel=1e-3)
    assert found == {
        "memory_peak_mb": 800,
        "memory_mean_mb": 800,
        "power_mean_w": 5.0,
        "power_peak_w": 5.0,
        "temperature_peak_c": 40.0,
    }
    assert summary.metric("power_mean_w").basis == "input:VDD_IN"
    assert summary.metric("temperature_peak_c").basis == "tj"
    assert summary.metric("energy_j").window == "whole_command"
    assert summary.details["exit"] == {"status": -15, "early": False, "killed": False}
    assert summary.details["energy"]["coverage"] >= 0.9
    assert summary.raw_artifacts == ("sampler/tegrastats.log", "sampler/samples.jsonl")


def test_the_window_and_not_the_idle_time_around_it_decides(tmp_path):
    """15 W in the window on a board that idles at 5 W: the mean of the log would be far too low."""
    busy = tmp_path / "busy"
    environment = fake_tegrastats(tmp_path, FAKE_TEGRASTATS_BUSY=str(busy))
    sampler = JetsonTegrastats()
    sampler.start(context(tmp_path, settings("jetson-tegrastats", interval_ms=40), environment=environment))
    time.sleep(0.5)
    busy.touch()
    time.sleep(0.12)
    begin = now_ns()
    time.sleep(0.6)
    end = now_ns()
    time.sleep(0.12)
    busy.unlink()
    time.sleep(0.4)
    sampler.stop()
    found = values(sampler.summary(Window(begin, end)))
    assert found["power_mean_w"] == pytest.approx(15.0)
    assert found["energy_j"] == pytest.approx(15.0 * (end - begin) / 1e9, rel=0.01)
    assert found["memory_peak_mb"] == 1000


def test_the_baseline_before_the_window_is_told(tmp_path):
    busy = tmp_path / "busy"
    environment = fake_tegrastats(tmp_path, FAKE_TEGRASTATS_BUSY=str(busy))
    sampler = JetsonTegrastats()
    sampler.start(context(tmp_path, settings("jetson-tegrastats", interval_ms=40), environment=environment))
    log = tmp_path / "sampler" / "tegrastats.log"
    wait_for(lambda: log.exists() and log.read_bytes().count(b"\n") >= 3)
    begin = now_ns()
    busy.touch()
    time.sleep(0.3)
    end = now_ns()
    sampler.stop()
    summary = sampler.summary(Window(begin, end))
    assert summary.details["memory_baseline_mb"] == 800
    assert summary.details["memory_above_baseline_mb"] == 200
    assert summary.details["rails_mean_w"]["VDD_SOC"] == pytest.approx(1.373)


def test_ten_minutes_of_output_never_block(tmp_path):
    """The pipe holds 64 KiB; ten minutes of lines are nearly three times that."""
    wanted = settings("jetson-tegrastats", interval_ms=50)
    sampler = JetsonTegrastats()
    sampler.start(context(tmp_path, wanted, environment=fake_tegrastats(tmp_path, "chatty")))
    log = tmp_path / "sampler" / "tegrastats.log"
    wait_for(lambda: log.exists() and log.read_bytes().count(b"\n") > 1210)
    assert log.stat().st_size > 2.5 * 65536
    begin = now_ns()
    time.sleep(0.4)
    end = now_ns()
    sampler.stop()
    summary = sampler.summary(Window(begin, end))
    assert summary.sample_count > 1210
    assert summary.samples_inside >= 3
    assert codes(summary) == []
    assert log.read_bytes().count(b"\n") == summary.details["lines"]


def test_a_late_tool_gives_no_energy(tmp_path):
    environment = fake_tegrastats(tmp_path, "late", FAKE_TEGRASTATS_DELAY="0.3")
    sampler = JetsonTegrastats()
    around = context(tmp_path, settings("jetson-tegrastats", interval_ms=40), environment=environment)
    summary = sampler.summary(run_for(sampler, around, 0.7))
    assert summary.metric("energy_j") is None
    assert "of the window" in summary.absent["energy_j"]
    assert summary.metric("power_mean_w").value == 5.0
    assert any("power_mean_w rests on samples that cover only" in told for told in summary.warnings)


def test_a_silent_tool(tmp_path):
    summary = sampled(tmp_path, "silent", 0.1)
    assert codes(summary) == ["sampler-no-samples"]
    assert summary.shortfalls[0].message == "tegrastats produced no samples"
    assert summary.metrics == ()
    assert summary.absent["memory_peak_mb"] == "no sample lies inside the window"
    assert summary.raw_artifacts == ("sampler/tegrastats.log",)


def test_a_tool_that_dies(tmp_path):
    summary = sampled(tmp_path, "dying", 0.4)
    assert "sampler-early-exit" in codes(summary)
    assert summary.details["exit"] == {"status": 3, "early": True, "killed": False}
    assert any("exit status 3" in shortfall.message for shortfall in summary.shortfalls)
    assert summary.sample_count == 3


def test_half_lines_are_put_together_or_counted_never_misread(tmp_path):
    summary = sampled(tmp_path, "halves", 0.6)
    assert values(summary)["memory_peak_mb"] == 800
    assert values(summary)["power_mean_w"] == 5.0
    assert summary.details["unknown_tokens"] > 0
    assert codes(summary) == []


def test_noise_on_standard_error_neither_blocks_nor_gets_lost(tmp_path):
    summary = sampled(tmp_path, "noisy")
    assert codes(summary) == []
    (warning,) = summary.warnings
    assert warning.startswith("tegrastats wrote to standard error: NvErrMapping")
    assert len(warning) < 2100


def test_output_that_is_no_tegrastats(tmp_path):
    summary = sampled(tmp_path, "nonsense", 0.2)
    assert codes(summary) == ["sampler-unparseable"]
    assert summary.shortfalls[0].message == "tegrastats output had no supported fields"
    assert summary.details["unknown_named"]


def test_a_line_without_an_end_costs_no_memory(tmp_path):
    summary = sampled(tmp_path, "endless", 0.4)
    assert codes(summary) == ["sampler-no-samples"]
    assert summary.details["rejected_lines"] >= 1


def test_a_tool_that_ignores_the_request_to_end_is_killed(tmp_path):
    wanted = settings("jetson-tegrastats", interval_ms=50, stop_timeout_ms=400)
    sampler = JetsonTegrastats()
    around = context(tmp_path, wanted, environment=fake_tegrastats(tmp_path, "stubborn"))
    sampler.start(around)
    log = tmp_path / "sampler" / "tegrastats.log"
    wait_for(lambda: log.exists() and log.stat().st_size > 0)
    begin = now_ns()
    time.sleep(0.2)
    end = now_ns()
    before = time.monotonic()
    sampler.stop()
    assert time.monotonic() - before < 3
    summary = sampler.summary(Window(begin, end))
    assert codes(summary) == ["sampler-stop-timeout"]
    assert summary.shortfalls[0].message == "tegrastats stop timed out; process was killed"
    assert summary.details["exit"]["status"] == -9
    assert summary.metric("power_mean_w").value == 5.0  # what was captured is kept


def test_a_descendant_that_holds_the_pipe_holds_up_nobody(tmp_path):
    tool = tmp_path / "tegrastats"
    tool.write_text("#!/bin/sh\nsetsid sleep 20 &\necho RAM 800/7620MB\necho $! > $PIDFILE\nexec sleep 20\n")
    tool.chmod(0o755)
    pid_file = tmp_path / "pid"
    wanted = settings("jetson-tegrastats", interval_ms=50, tegrastats_path=str(tool))
    sampler = JetsonTegrastats()
    sampler.start(context(tmp_path, wanted, environment={**os.environ, "PIDFILE": str(pid_file)}))
    wait_for(lambda: pid_file.exists() and pid_file.read_text().strip())
    before = time.monotonic()
    sampler.stop()
    assert time.monotonic() - before < 4
    os.kill(int(pid_file.read_text()), 9)


def test_nothing_is_left_running(tmp_path):
    tool = tmp_path / "tegrastats"
    tool.write_text(
        "#!/bin/sh\nsleep 30 &\necho $! > $PIDFILE\nwhile :; do echo RAM 8/9MB; sleep 0.05; done\n"
    )
    tool.chmod(0o755)
    pid_file = tmp_path / "pid"
    sampler = JetsonTegrastats()
    wanted = settings("jetson-tegrastats", interval_ms=50, tegrastats_path="./tegrastats")
    sampler.start(context(tmp_path, wanted, environment={**os.environ, "PIDFILE": str(pid_file)}))
    wait_for(lambda: pid_file.exists() and pid_file.read_text().strip())
    sampler.stop()
    wait_for(lambda: not _alive(int(pid_file.read_text())))


def test_a_tool_that_is_not_there(tmp_path):
    wanted = settings("jetson-tegrastats")
    with pytest.raises(SamplerUnavailableError) as refused:
        JetsonTegrastats().start(context(tmp_path, wanted, environment={"PATH": str(tmp_path)}))
    assert refused.value.message == "tegrastats unavailable: tegrastats"
    assert "tegrastats_path" in refused.value.hint


def test_a_tool_that_may_not_be_executed(tmp_path):
    (tmp_path / "tegrastats").write_text("#!/bin/sh\n")
    wanted = settings("jetson-tegrastats", tegrastats_path=str(tmp_path / "tegrastats"))
    with pytest.raises(SamplerUnavailableError, match="tegrastats permission denied"):
        JetsonTegrastats().start(context(tmp_path, wanted))


def test_a_tool_that_cannot_be_started(tmp_path):
    (tmp_path / "tegrastats").write_text("#!/no/such/interpreter\n")
    (tmp_path / "tegrastats").chmod(0o755)
    wanted = settings("jetson-tegrastats", tegrastats_path=str(tmp_path / "tegrastats"))
    with pytest.raises(SamplerUnavailableError, match="tegrastats unavailable"):
        JetsonTegrastats().start(context(tmp_path, wanted))
    assert list((tmp_path / "sampler").iterdir()) == []


def test_the_profile_names_the_rails(tmp_path):
    summary = sampled(tmp_path, power_rails=("VDD_SOC",))
    assert values(summary)["power_mean_w"] == pytest.approx(1.373)
    assert summary.metric("power_mean_w").basis == "profile:VDD_SOC"
    missing = sampled(tmp_path / "sampler", power_rails=("VDD_GPU",), seconds=0.2)
    assert missing.absent["power_mean_w"] == ("power_rails asks for VDD_GPU; the lines hold VDD_IN, VDD_SOC")


def test_without_a_raw_log(tmp_path):
    summary = sampled(tmp_path, raw_log=False, seconds=0.2)
    assert summary.raw_artifacts == ("sampler/samples.jsonl",)
    assert not (tmp_path / "sampler" / "tegrastats.log").exists()


def test_a_raw_log_that_cannot_be_written_costs_the_log_only(tmp_path):
    (tmp_path / "sampler").mkdir()
    (tmp_path / "sampler" / "tegrastats.log").mkdir()
    summary = sampled(tmp_path, seconds=0.3)
    assert codes(summary) == ["sampler-raw-log-lost"]
    assert "Failed to write sampler raw artifact: tegrastats.log" in summary.shortfalls[0].message
    assert summary.raw_artifacts == ("sampler/samples.jsonl",)
    assert values(summary)["power_mean_w"] == 5.0


def test_samples_that_cannot_be_written_are_owed(tmp_path):
    (tmp_path / "sampler").mkdir()
    (tmp_path / "sampler" / "samples.jsonl").mkdir()
    summary = sampled(tmp_path, seconds=0.3)
    assert codes(summary) == ["sampler-samples-lost"]
    assert summary.raw_artifacts == ("sampler/tegrastats.log",)


def test_half_a_file_of_samples_is_not_left_to_pass_for_all_of_them(tmp_path, monkeypatch):
    def fill_the_disk(_samples, path):
        path.write_text('{"t_ns":1,"power_w"')
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Samples, "write", fill_the_disk)
    summary = sampled(tmp_path, seconds=0.2)
    assert codes(summary) == ["sampler-samples-lost"]
    assert not (tmp_path / "sampler" / "samples.jsonl").exists()


def test_a_full_raw_log_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("edgeenv.capture.samplers.raw_log.RawLog.__init__", _small(RawLog.__init__))
    summary = sampled(tmp_path, seconds=0.3)
    assert (tmp_path / "sampler" / "tegrastats.log").stat().st_size == 100
    assert any("tegrastats.log is full" in told for told in summary.warnings)
    assert codes(summary) == []


def test_the_samples_are_lines_of_json(tmp_path):
    summary = sampled(tmp_path)
    lines = (tmp_path / "sampler" / "samples.jsonl").read_text().splitlines()
    assert len(lines) == summary.sample_count
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    assert first["power_w"] == 5.0
    assert first["memory_mb"] == 800
    assert first["rail_VDD_SOC_w"] == 1.373
    assert first["temp_cpu_c"] == 40.5
    assert "temp_PMIC_c" not in first
    assert first["t_ns"] < summary.window.end_ns <= last["t_ns"]


def test_a_receiver_that_raises_does_not_stop_the_drain():
    received = []

    def receive(_time_ns, text):
        received.append(text)
        raise RuntimeError("a line that breaks the reader")

    tool = tool_process.ToolProcess(now_ns, receive, None)
    tool.start(("/bin/sh", "-c", "seq 1 30000; sleep 20"), dict(os.environ))
    wait_for(lambda: len(received) == 30000)
    assert tool.stop(1.0, 0.0).status == -15
    assert isinstance(tool.crashed, RuntimeError)


def _small(make):
    return lambda self, path: make(self, path, 100)


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stream:  # noqa: PTH123 - a file of the kernel
            return stream.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
