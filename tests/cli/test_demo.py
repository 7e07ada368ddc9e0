"""``edgeenv demo``: an honest tour, run as a whole in a copy of the examples."""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
HAS_ONNX = all(importlib.util.find_spec(name) is not None for name in ("onnxruntime", "magika"))


def variables(**changes):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("EDGEENV_")}
    return {**inherited, **changes}


def edgeenv(directory, *words, environment=None):
    return subprocess.run(
        [sys.executable, "-m", "edgeenv", *words],
        cwd=directory,
        env=environment or variables(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A directory with the examples, as a clone has them."""
    directory = tmp_path_factory.mktemp("checkout")
    copy_examples(directory)
    return directory


def copy_examples(directory):
    leave_out = shutil.ignore_patterns("magika*.onnx", "__pycache__")
    shutil.copytree(REPOSITORY / "examples", directory / "examples", ignore=leave_out)


@pytest.fixture(scope="module")
def toured(checkout):
    elsewhere = checkout / "own-root"
    done = edgeenv(checkout, "demo", environment=variables(EDGEENV_ROOT=str(elsewhere)))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def without_onnx(tmp_path_factory):
    """The demo where importing the onnx extra is impossible: both packages are hidden from the search."""
    directory = tmp_path_factory.mktemp("bare")
    copy_examples(directory)
    hide = directory / "hide"
    hide.mkdir()
    (hide / "sitecustomize.py").write_text(
        "import importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, package=None:"
        " None if name in ('onnxruntime', 'magika') else find(name, package)\n"
    )
    done = edgeenv(directory, "demo", "--edgeenv-root", "here", environment=variables(PYTHONPATH=str(hide)))
    assert done.returncode == 0, done.stdout + done.stderr
    return directory, done.stdout


def typed(output):
    return [shlex.split(line[2:]) for line in output.splitlines() if line.startswith("$ edgeenv ")]


def recorded(directory, root):
    done = edgeenv(directory, "runs", "list", "--json", "--edgeenv-root", root)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["runs"]


def test_it_records_only_into_the_root_that_it_names(checkout, toured):
    assert "demo-root" in toured.splitlines()[0]
    assert sorted(path.name for path in checkout.iterdir()) == ["demo-root", "examples"]


def test_it_records_the_runs_that_it_promises(checkout, toured):
    names = [run["benchmark_name"] for run in recorded(checkout, "demo-root")]
    real = ["onnx-magika", "onnx-magika"] if HAS_ONNX else []
    assert names == [*real, "local-compare-b", "local-compare-a", "yolov8n-fire-fake"]
    assert toured.count("Benchmark run stored") == len(names)


def test_the_fake_run_has_its_known_numbers(toured):
    assert "Latency mean: 12.588 ms" in toured


def test_the_compare_pair_shows_its_known_deltas(toured):
    assert "- latency_mean_ms: 18.0 ms -> 16.4 ms (delta -1.6 ms, -8.89%)" in toured
    assert "- throughput_fps: 55.5 fps -> 61.0 fps (delta +5.5 fps, +9.91%)" in toured


@pytest.mark.skipif(not HAS_ONNX, reason="the onnx extra is not installed")
def test_it_ends_with_the_judged_comparison_of_the_real_runs(checkout, toured):
    end = toured[toured.rindex("$ edgeenv ") :]
    assert end.startswith("$ edgeenv report compare ")
    assert "Comparable: Yes" in end
    assert "Mode: same-condition" in end
    assert "- Same model hash" in end
    newest = recorded(checkout, "demo-root")[0]
    assert newest["hash_basis"] == "file"
    assert newest["model_hash"].startswith("fe2d2eb49c5f88a9")


@pytest.mark.skipif(not HAS_ONNX, reason="the onnx extra is not installed")
def test_a_second_tour_works_as_well_and_every_printed_line_can_be_typed_again(checkout, toured):
    for words in typed(toured)[-1:]:
        again = edgeenv(checkout, *words[1:])
        assert again.returncode == 0
        assert again.stdout.strip() == toured[toured.rindex("Comparable: ") :].strip()


def test_without_the_extra_it_says_so_and_ends_with_the_local_comparison(without_onnx):
    directory, output = without_onnx
    assert "pip install 'edgeenv[onnx]'" in output
    names = [run["benchmark_name"] for run in recorded(directory, "here")]
    assert names == ["local-compare-b", "local-compare-a", "yolov8n-fire-fake"]
    assert not (directory / "demo-root").exists()
    assert "Comparable: Yes" in output[output.rindex("$ edgeenv report compare ") :]


def test_a_step_that_fails_ends_the_tour_with_its_name(tmp_path):
    copy_examples(tmp_path)
    (tmp_path / "examples" / "scripts" / "emit_compare_metrics.py").write_text("raise SystemExit(9)\n")
    done = edgeenv(tmp_path, "demo")
    assert done.returncode == 1
    assert "Error: the demo ends here, because `edgeenv bench run" in done.stderr
    assert "local_compare_a" in done.stderr.splitlines()[-2]
    assert "local_compare_b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_tour_leaves_a_failed_run_and_nothing_running(tmp_path, number):
    copy_examples(tmp_path)
    pid_file = tmp_path / "pid"
    (tmp_path / "examples" / "scripts" / "emit_compare_metrics.py").write_text(
        "import os, signal, sys, time\n"
        "def slowly(*_):\n    time.sleep(0.8)\n    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, slowly)\n"
        f"open({str(pid_file)!r} + '.new', 'w').write(str(os.getpid()))\n"
        f"os.rename({str(pid_file)!r} + '.new', {str(pid_file)!r})\ntime.sleep(60)\n"
    )
    with (tmp_path / "output").open("w") as output:
        demo = subprocess.Popen(
            [sys.executable, "-m", "edgeenv", "demo"],
            cwd=tmp_path,
            env=variables(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + 30
    while not pid_file.exists() and demo.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    # A terminal signals the whole foreground group; `kill` only the one process.
    if number == signal.SIGINT:
        os.killpg(demo.pid, number)
    else:
        os.kill(demo.pid, number)
    assert demo.wait(timeout=30) == 128 + number, (tmp_path / "output").read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
    listed = edgeenv(tmp_path, "failed-runs", "list", "--json", "--edgeenv-root", "demo-root")
    assert "local-compare-a" in listed.stdout
