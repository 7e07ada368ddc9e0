"""All samplers of a run together: what is required, what is optional, and what neither may cost."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from sampler_support import CLOCK, fake_tegrastats, now_ns, tree, wait_for

from edgeenv import schema
from edgeenv.capture.samplers import catalogue, merging
from edgeenv.capture.samplers.base import FatalSamplerError, SamplerSettings, SamplerUnavailableError
from edgeenv.capture.samplers.session import SamplingSession, Surroundings
from edgeenv.capture.window import Window


class Sampler:
    """One that does nothing; the odd ones below each do one thing wrong."""

    def start(self, _context):
        pass

    def command_started(self, _pid):
        pass

    def stop(self):
        pass

    def summary(self, _window):
        raise AssertionError("not asked for here")


class HangsAtStart(Sampler):
    def start(self, _context):
        threading.Event().wait(30)


class HangsAtStop(Sampler):
    def stop(self):
        threading.Event().wait(30)


class RaisesAtStart(Sampler):
    def start(self, _context):
        raise ZeroDivisionError


class RaisesLater(Sampler):
    def command_started(self, _pid=0):
        raise ZeroDivisionError

    stop = summary = command_started


@pytest.fixture
def plant(monkeypatch):
    """Make a sampler class answer to a name."""

    def put(cls):
        monkeypatch.setattr(catalogue, "create", lambda _name: cls())

    return put


def session(directory, *wanted, environment=None, sysroot=None):
    around = Surroundings(
        directory=directory / "sampler",
        clock=CLOCK,
        environment=dict(os.environ) if environment is None else environment,
        current_directory=directory,
        sysroot=sysroot or directory / "nothing",
    )
    return SamplingSession(around, wanted)


def tegrastats(directory, mode, seconds=0.4, **members):
    """One whole session beside the fake tool."""
    wanted = SamplerSettings("jetson-tegrastats", interval_ms=50, **members)
    made = session(directory, wanted, environment=fake_tegrastats(directory, mode))
    made.start()
    if mode != "silent":
        wait_for(lambda: len(made._seats[0].sampler._lines.samples))
    begin = now_ns()
    time.sleep(seconds)
    end = now_ns()
    made.stop()
    return made.outcome(Window(begin, end))


@pytest.mark.parametrize(
    ("mode", "code"),
    [("silent", "sampler-no-samples"), ("dying", "sampler-early-exit")],
)
def test_what_an_optional_sampler_owes_is_a_finding_and_for_a_required_one_a_failure(tmp_path, mode, code):
    optional = tegrastats(tmp_path, mode)
    assert code in [finding.code for finding in optional.findings]
    assert optional.failure is None
    required = tegrastats(tmp_path / "bin", mode, required=True)
    assert isinstance(required.failure, FatalSamplerError)
    assert required.failure.message.startswith("Required sampler failed: tegrastats ")
    assert required.metadata["raw_artifacts"][0] == "sampler/tegrastats.log"  # all that was captured is kept


def test_a_stop_timeout_fails_a_required_sampler_and_keeps_its_samples(tmp_path):
    outcome = tegrastats(tmp_path, "stubborn", required=True, stop_timeout_ms=300)
    assert "stop timed out" in outcome.failure.message
    assert outcome.summaries[0].metric("power_mean_w").value == 5.0


def test_a_lost_raw_log_fails_a_required_sampler_only(tmp_path):
    for name, required in (("a", False), ("b", True)):
        place = tmp_path / name
        (place / "sampler" / "tegrastats.log").mkdir(parents=True)
        outcome = tegrastats(place, "steady", required=required)
        assert (outcome.failure is not None) == required
        assert "sampler-raw-log-lost" in [finding.code for finding in outcome.findings]


def test_a_good_run_owes_nothing(tmp_path):
    outcome = tegrastats(tmp_path, "steady", required=True)
    assert (outcome.failure, outcome.findings) == (None, ())
    assert outcome.metadata["sampler_name"] == "jetson-tegrastats"


def test_a_required_sampler_that_cannot_start_fails_before_the_command(tmp_path):
    wanted = SamplerSettings("jetson-tegrastats", required=True)
    made = session(tmp_path, wanted, environment={"PATH": str(tmp_path)})
    with pytest.raises(FatalSamplerError, match="Required sampler failed: tegrastats unavailable"):
        made.start()
    made.stop()


def test_an_optional_sampler_that_cannot_start_is_a_finding_with_its_remedy(tmp_path):
    made = session(tmp_path, SamplerSettings("jetson-tegrastats"), environment={"PATH": str(tmp_path)})
    made.start()
    assert made.active == ()
    made.wait(lambda: False)
    made.stop()
    outcome = made.outcome(Window(1, 2))
    (finding,) = outcome.findings
    assert finding.code == "sampler-unavailable"
    assert "tegrastats_path" in finding.message
    assert (outcome.summaries, outcome.metadata) == ((), None)


def test_a_directory_that_cannot_be_made_costs_the_sampler_only(tmp_path):
    (tmp_path / "sampler").write_text("")
    made = session(tmp_path, SamplerSettings("process-tree"))
    made.start()
    made.stop()
    assert made.outcome(Window(1, 2)).findings[0].code == "sampler-unavailable"


def test_an_unknown_sampler(tmp_path):
    made = session(tmp_path, SamplerSettings("crystal-ball"))
    made.start()
    assert "expected one of: jetson-tegrastats" in made.outcome(None).findings[0].message


@pytest.mark.parametrize("cls", [HangsAtStart, HangsAtStop, RaisesAtStart, RaisesLater])
def test_whatever_an_optional_sampler_does_it_costs_little_time_and_no_run(tmp_path, plant, cls):
    plant(cls)
    made = session(tmp_path, SamplerSettings("process-tree", stop_timeout_ms=100))
    begin = time.monotonic()
    made.start()
    made.command_started(os.getpid())
    made.stop()
    outcome = made.outcome(Window(1, 2))
    assert time.monotonic() - begin < 4
    assert outcome.failure is None
    assert outcome.findings


@pytest.mark.parametrize("cls", [HangsAtStop, RaisesLater])
def test_the_same_fails_a_required_one(tmp_path, plant, cls):
    plant(cls)
    made = session(tmp_path, SamplerSettings("process-tree", required=True, stop_timeout_ms=100))
    made.start()
    made.command_started(os.getpid())
    made.stop()
    assert made.outcome(Window(1, 2)).failure is not None


def test_the_wait_is_at_least_one_interval_and_ends_when_asked(tmp_path, plant):
    plant(Sampler)
    made = session(tmp_path, SamplerSettings("process-tree", interval_ms=300, startup_wait_ms=0))
    made.start()
    begin = time.monotonic()
    made.wait(lambda: False)
    assert time.monotonic() - begin >= 0.29
    begin = time.monotonic()
    made.wait(lambda: True)
    assert time.monotonic() - begin < 0.2
    made.stop()


def test_several_samplers_have_directories_of_their_own(tmp_path):
    sysroot = tree(tmp_path / "sys", {"/sys/class/thermal/thermal_zone0/type": "tj-thermal",
                                      "/sys/class/thermal/thermal_zone0/temp": "45000"})  # fmt: skip
    made = session(
        tmp_path,
        SamplerSettings("linux-power", interval_ms=30),
        SamplerSettings("jetson-tegrastats", interval_ms=30),
        environment=fake_tegrastats(tmp_path),
        sysroot=sysroot,
    )
    made.start()
    assert made.active == ("linux-power", "jetson-tegrastats")
    wait_for(lambda: len(made._seats[1].sampler._lines.samples))
    begin = now_ns()
    time.sleep(0.3)
    end = now_ns()
    made.stop()
    outcome = made.outcome(Window(begin, end))
    metadata = outcome.metadata
    assert metadata["raw_artifacts"] == [
        "sampler/linux-power/samples.jsonl",
        "sampler/jetson-tegrastats/tegrastats.log",
        "sampler/jetson-tegrastats/samples.jsonl",
    ]
    assert all((tmp_path / path).is_file() for path in metadata["raw_artifacts"])
    assert metadata["sampler_name"] == "linux-power+jetson-tegrastats"
    assert metadata["fields"]["temperature_peak_c"]["source"] == "linux-power"
    assert metadata["fields"]["power_mean_w"]["source"] == "jetson-tegrastats"
    assert schema.check_value("sampler-metadata", metadata, "metadata") == ()
    merged = merging.merge(outcome.summaries, None)
    assert merged.metrics.temperature_peak_c == 45.0
    assert merged.metrics.power_mean_w == 5.0
    assert merged.metrics.source == "linux-power+jetson-tegrastats"


def test_two_of_one_name_do_not_meet(tmp_path, plant):
    plant(Sampler)
    made = session(tmp_path, SamplerSettings("process-tree"), SamplerSettings("process-tree"))
    made.start()
    made.stop()
    assert {path.name for path in (tmp_path / "sampler").iterdir()} == {"process-tree", "process-tree-2"}


class LeavesAFile(Sampler):
    def start(self, context):
        self.context = context
        (context.directory / "tool.log").write_text("what it had seen")

    def summary(self, _window):
        raise ZeroDivisionError


class LeavesAFileAndHangs(LeavesAFile, HangsAtStop):
    pass


def test_the_file_of_a_sampler_that_cannot_sum_up_is_kept_and_listed(tmp_path, plant):
    plant(LeavesAFile)
    made = session(tmp_path, SamplerSettings("process-tree"))
    made.start()
    made.stop()
    metadata = made.outcome(None).metadata
    assert metadata["raw_artifacts"] == ["sampler/tool.log"]
    assert "could not sum up" in metadata["warnings"][0]
    assert metadata["window"]["basis"] == "sampling"
    assert schema.check_value("sampler-metadata", metadata, "metadata") == ()
    assert (tmp_path / "sampler" / "tool.log").is_file()


def test_the_file_of_a_sampler_that_hangs_is_removed_for_it_may_grow(tmp_path, plant):
    plant(LeavesAFileAndHangs)
    made = session(tmp_path, SamplerSettings("process-tree", stop_timeout_ms=50))
    made.start()
    made.stop()
    outcome = made.outcome(Window(1, 2))
    assert outcome.metadata is None
    assert not (tmp_path / "sampler").exists()


def test_a_session_without_samplers_touches_nothing(tmp_path):
    made = session(tmp_path)
    made.start()
    made.wait(lambda: False)
    made.stop()
    assert made.outcome(Window(1, 2)).metadata is None
    assert not (tmp_path / "sampler").exists()


def test_settings_of_a_profile_and_the_defaults_that_stand_in_one_place():
    block = {"name": "jetson-tegrastats", "required": True, "power_rails": ["VDD_IN"]}
    settings = catalogue.completed(SamplerSettings.from_document(block))
    assert (settings.interval_ms, settings.startup_wait_ms, settings.raw_log) == (500, 600, True)
    assert (settings.required, settings.power_rails) == (True, ("VDD_IN",))
    assert catalogue.completed(SamplerSettings("process-tree")).interval_ms == 100


@pytest.mark.parametrize("name", catalogue.names())
def test_every_sampler_of_the_catalogue_can_be_made(name):
    sampler = catalogue.create(name)
    assert all(callable(getattr(sampler, call)) for call in ("start", "command_started", "stop", "summary"))


def test_the_catalogue_refuses_other_names():
    with pytest.raises(SamplerUnavailableError, match="crystal-ball"):
        catalogue.create("crystal-ball")


def test_a_terminal_interrupt_does_not_reach_the_tool(tmp_path):
    """The tool is in a session of its own: Ctrl-C in the terminal ends the command, not the evidence."""
    made = session(
        tmp_path,
        SamplerSettings("jetson-tegrastats", interval_ms=50),
        environment=fake_tegrastats(tmp_path),
    )
    made.start()
    child = made._seats[0].sampler._tool._child
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    made.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, signal.SIGCONT)
