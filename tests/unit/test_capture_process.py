from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from capture_support import GOOD, RUN_ID, alive, printing, python_command, request, wait_for

from edgeenv.capture import leftovers, local, process, runner, signals

SLEEP = "import time; time.sleep(30)"
NEEDS_PROC = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


def starting(code: str, *, session: bool = False) -> str:
    """Code that starts a grandchild which shares our streams, and writes its number to ``pid``."""
    return (
        f"import subprocess; p = subprocess.Popen([sys.executable, '-S', '-c', {code!r}],"
        f" start_new_session={session}); open('pid', 'w').write(str(p.pid));"
    )


def grandchild(tmp_path: Path) -> int:
    return int((tmp_path / "pid").read_text())


def test_a_grandchild_that_holds_the_output_neither_delays_nor_survives(tmp_path):
    begin = time.monotonic()
    capture = runner.run(request(tmp_path, printing(GOOD, then=starting(SLEEP))))
    assert time.monotonic() - begin < 8
    assert capture.failure is None
    assert capture.findings == ()
    assert not alive(grandchild(tmp_path))


@pytest.mark.parametrize("deaf", ["", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"])
def test_a_timeout_ends_the_whole_group(tmp_path, deaf):
    begin = time.monotonic()
    code = f"{deaf} {starting(deaf + SLEEP)} {SLEEP}"
    limits = local.Limits(grace_s=0.3)
    capture = local.run(request(tmp_path, printing("started", then=code), timeout_seconds=0.4), limits)
    assert time.monotonic() - begin < 8
    assert capture.failure.code == "timeout"
    assert (tmp_path / "stdout.log").read_text() == "started\n"
    assert not alive(grandchild(tmp_path))


def test_a_stopped_command_is_ended_too(tmp_path):
    code = (
        "import signal; signal.signal(signal.SIGTERM, lambda *_: (print('bye', flush=True), os._exit(0)));"
        "os.kill(os.getpid(), signal.SIGSTOP)"
    )
    capture = runner.run(request(tmp_path, printing(then=code), timeout_seconds=1))
    assert capture.failure.code == "timeout"
    assert (tmp_path / "stdout.log").read_text() == "bye\n"


def test_within_the_grace_a_command_can_say_goodbye(tmp_path):
    code = (
        "import signal, time; bye = lambda *_: (print('bye', flush=True), os._exit(0));"
        "signal.signal(signal.SIGTERM, bye); print('ready', flush=True); time.sleep(30)"
    )
    capture = runner.run(request(tmp_path, printing(then=code), timeout_seconds=1))
    assert capture.failure.code == "timeout"
    assert (tmp_path / "stdout.log").read_text() == "ready\nbye\n"


@NEEDS_PROC
def test_what_left_the_group_is_reported_and_not_waited_for(tmp_path):
    begin = time.monotonic()
    capture = runner.run(request(tmp_path, printing(GOOD, then=starting(SLEEP, session=True))))
    pid = grandchild(tmp_path)
    try:
        assert time.monotonic() - begin < 8
        assert capture.failure is None
        assert [finding.code for finding in capture.findings] == ["process-left-behind"]
        assert f"{pid} (python" in capture.findings[0].message
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


@NEEDS_PROC
def test_what_left_the_group_cannot_add_to_the_stored_log(tmp_path):
    late = "import time; time.sleep(0.5); print('late', flush=True); open('done', 'w').close()"
    runner.run(request(tmp_path, printing(GOOD, then=starting(late, session=True))))
    wait_for((tmp_path / "done").exists)
    assert (tmp_path / "stdout.log").read_text() == GOOD + "\n"
    assert sorted(path.name for path in tmp_path.glob("std*")) == ["stderr.log", "stdout.log"]


@NEEDS_PROC
def test_a_process_with_another_environment_is_known_by_its_output(tmp_path):
    code = (
        "import subprocess; p = subprocess.Popen(['/bin/sleep', '30'], env={}, start_new_session=True);"
        "open('pid', 'w').write(str(p.pid))"
    )
    capture = runner.run(request(tmp_path, printing(GOOD, then=code)))
    os.kill(grandchild(tmp_path), signal.SIGKILL)
    assert [finding.code for finding in capture.findings] == ["process-left-behind"]


@NEEDS_PROC
def test_other_peoples_processes_are_not_ours(tmp_path):
    other = {**os.environ, "EDGEENV_RUN_ID": RUN_ID + "f", "X_EDGEENV_RUN_ID": RUN_ID}
    with subprocess.Popen(["sleep", "30"], env=other) as bystander:
        try:
            assert leftovers.find(RUN_ID, (tmp_path / "stdout.log",)) == ()
        finally:
            bystander.kill()


def test_a_group_without_members_does_not_live():
    with subprocess.Popen(["sleep", "30"], start_new_session=True) as child:
        assert leftovers.group_lives(child.pid)
        os.killpg(child.pid, signal.SIGKILL)
        wait_for(lambda: not alive(child.pid))
        assert not leftovers.group_lives(child.pid), "a zombie does not live"
    assert not leftovers.group_lives(child.pid)


def test_output_over_the_hard_limit_ends_the_command(tmp_path):
    limits = local.Limits(output_bytes=1_000_000)
    code = "exec('while True: print(\"x\" * 65536)')"
    begin = time.monotonic()
    capture = local.run(request(tmp_path, printing(GOOD, then=code)), limits)
    assert time.monotonic() - begin < 10
    assert capture.failure.code == "output-limit"
    assert capture.failure.return_code is None
    assert capture.execution.stdout.bytes > 1_000_000


def test_output_over_the_hard_limit_of_a_command_that_ended_first(tmp_path):
    limits = local.Limits(output_bytes=1000)
    capture = local.run(request(tmp_path, printing(GOOD, "x" * 1000)), limits)
    assert capture.failure.code == "output-limit"
    assert capture.failure.return_code in (0, None), "None when it was seen before the command had ended"


# Signals that reach EdgeEnv itself

RECORDER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from capture_support import request
from edgeenv.capture import runner
capture = runner.run(request(Path({directory!r}), {command!r}))
print(capture.failure.code, capture.failure.signal, capture.failure.return_code, flush=True)
print(capture.failure.message, flush=True)
"""


def recorder(tmp_path: Path, command: str, **options) -> subprocess.Popen[str]:
    source = RECORDER.format(tests=str(Path(__file__).parent), directory=str(tmp_path), command=command)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        [sys.executable, "-c", source], stdout=subprocess.PIPE, text=True, env=environment, **options
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_command_and_is_told(tmp_path, number):
    code = f"{starting(SLEEP)} {SLEEP}"
    with recorder(tmp_path, printing("started", then=code)) as running:
        wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        running.send_signal(number)
        said, _ = running.communicate(timeout=15)
    assert said.splitlines() == [
        f"interrupted {int(number)} None",
        f"Local benchmark command was interrupted by {number.name}",
    ]
    assert running.returncode == 0
    assert (tmp_path / "stdout.log").read_text() == "started\n"
    assert not alive(grandchild(tmp_path))


def test_an_ignored_hangup_stays_ignored(tmp_path):
    code = f"{starting(SLEEP)} time.sleep(1); sys.exit(5)"
    command = printing(then="import time;" + code)
    with recorder(
        tmp_path, command, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ) as running:
        wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        running.send_signal(signal.SIGHUP)
        said, _ = running.communicate(timeout=15)
    assert said.startswith("nonzero-exit None 5")


def test_a_signal_before_the_start_starts_nothing(tmp_path, monkeypatch):
    class Ringing(signals.StopSignals):
        def __enter__(self):
            super().__enter__()
            os.kill(os.getpid(), signal.SIGTERM)
            return self

    monkeypatch.setattr(signals, "StopSignals", Ringing)
    capture = runner.run(request(tmp_path, python_command("open('ran', 'w')")))
    assert (capture.failure.code, capture.failure.signal) == ("interrupted", signal.SIGTERM)
    assert capture.execution.started_at is None
    assert not (tmp_path / "ran").exists()


def test_a_signal_after_the_end_still_interrupts(tmp_path, monkeypatch):
    def execute(*arguments):
        ending = original(*arguments)
        os.kill(os.getpid(), signal.SIGTERM)
        return ending

    original = process.execute
    monkeypatch.setattr(process, "execute", execute)
    capture = runner.run(request(tmp_path, printing(GOOD)))
    assert (capture.failure.code, capture.failure.return_code) == ("interrupted", 0)
    assert capture.metrics is None


def test_the_handlers_are_put_back(tmp_path):
    before = [signal.getsignal(number) for number in signals.STOPPING]
    runner.run(request(tmp_path, printing(GOOD)))
    assert [signal.getsignal(number) for number in signals.STOPPING] == before


def test_another_thread_can_record_too(tmp_path):
    captures = []
    thread = threading.Thread(target=lambda: captures.append(runner.run(request(tmp_path, printing(GOOD)))))
    thread.start()
    thread.join(timeout=15)
    assert captures[0].failure is None


def test_ignored_children_still_have_an_exit_status(tmp_path):
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        capture = runner.run(request(tmp_path, printing(GOOD, then="sys.exit(3)")))
        assert signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert capture.failure.return_code == 3


# Who looks on


class Watching:
    def __init__(self, error: Exception | None = None) -> None:
        self.seen: list[tuple[float, int]] = []
        self.error = error

    def tick(self, elapsed_s, stdout, stderr):
        assert stderr.exists()
        self.seen.append((elapsed_s, stdout.stat().st_size))
        if self.error is not None:
            raise self.error


def test_a_watcher_is_called_twice_a_second_and_at_the_end(tmp_path):
    watcher = Watching()
    command = printing("one", then=f"import time; time.sleep(1.3); print({GOOD!r})")
    assert runner.run(request(tmp_path, command, watcher=watcher)).failure is None
    times = [elapsed for elapsed, _ in watcher.seen[:-1]]
    assert 1 <= len(times) <= 3
    assert all(later - earlier >= 0.5 for earlier, later in zip([0.0, *times], times, strict=False))
    assert watcher.seen[-1][1] == len(f"one\n{GOOD}\n")


def test_a_terminal_that_is_gone_ends_no_run(tmp_path):
    watcher = Watching(OSError(5, "Input/output error"))
    assert runner.run(request(tmp_path, printing(GOOD), watcher=watcher)).failure is None
    assert watcher.seen


def test_a_broken_watcher_leaves_no_command_behind(tmp_path):
    command = printing(then=f"open('pid', 'w').write(str(os.getpid())); {SLEEP}")
    with pytest.raises(RuntimeError, match="broken"):
        runner.run(request(tmp_path, command, watcher=Watching(RuntimeError("broken"))))
    assert not alive(grandchild(tmp_path))
