"""What is in the wheel and the sdist, file by file; both kinds of installation work from anywhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import edgeenv

REPOSITORY = Path(__file__).resolve().parents[1]
NAME = f"edgeenv-{edgeenv.__version__}"
SHIPPED = ("policies", "schemas", "templates", "examples")
FAKE_RUN = ("bench", "run", "--target", "examples/profiles/local_fake.yaml", "--config")
FAKE_CONFIG = "examples/benches/yolov8n_fire.yaml"


def call(*words, cwd, environment=None, check=True):
    """Run one command away from the checkout, with nothing that could find it by chance."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith("EDGEENV_")
    }
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**inherited, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert not check or done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sdist, and the wheel that is built from it, as a release would be."""
    target = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", "--no-isolation", "--outdir", target, REPOSITORY, cwd=target)
    (wheel,) = target.glob("*.whl")
    (sdist,) = target.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def wheel_names(built):
    with zipfile.ZipFile(built[0]) as wheel:
        return sorted(info.filename for info in wheel.infolist() if not info.is_dir())


def environment_with(tmp, *pip_words):
    """A virtual environment that sees our dependencies but not this project, with one thing installed."""
    call(sys.executable, "-m", "venv", "--without-pip", tmp / "venv", cwd=tmp)
    python = tmp / "venv" / "bin" / "python"
    purelib = call(
        python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp
    ).stdout.strip()
    # A .pth file adds directories but reads no .pth file in them, so an editable edgeenv stays unseen.
    dependencies = "\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (Path(purelib) / "dependencies.pth").write_text(dependencies + "\n")
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    call(*pip, "--ignore-installed", "--no-build-isolation", *pip_words, cwd=tmp)
    return tmp / "venv" / "bin"


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    return environment_with(tmp_path_factory.mktemp("installed"), built[0])


@pytest.fixture(scope="module")
def editable(tmp_path_factory):
    return environment_with(tmp_path_factory.mktemp("editable"), "--editable", REPOSITORY)


def files_of_the_tree():
    """What a clone would hold: everything that git tracks or would track."""
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("no git checkout to compare with")
    words = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    names = call(*words, cwd=REPOSITORY).stdout.split("\0")
    return {name for name in names if name and (REPOSITORY / name).is_file()}


def test_the_wheel_holds_exactly_these_files(wheel_names, snapshot):
    """After adding or removing a module: pytest tests/test_packaging.py --snapshot-update."""
    assert "\n".join(wheel_names) == snapshot


def test_the_wheel_holds_the_package_and_the_shipped_data_and_nothing_else(wheel_names):
    expected = set()
    for name in files_of_the_tree():
        top = name.split("/")[0]
        if top == "edgeenv":
            expected.add(name)
        elif top in SHIPPED:
            expected.add(f"edgeenv/_data/{name}")
    assert {name for name in wheel_names if ".dist-info/" not in name} == expected


def test_the_sdist_holds_the_tree_without_ci_and_nothing_else(built):
    with tarfile.open(built[1]) as sdist:
        members = sdist.getmembers()
    assert all(member.isfile() for member in members)
    names = {member.name.removeprefix(f"{NAME}/") for member in members}
    kept = {name for name in files_of_the_tree() if not name.startswith((".ci/", ".github/"))}
    assert names == kept | {"PKG-INFO"}


def test_the_metadata_says_what_is_needed(built):
    with zipfile.ZipFile(built[0]) as wheel:
        fields = Parser().parsestr(wheel.read(f"{NAME}.dist-info/METADATA").decode())
        scripts = wheel.read(f"{NAME}.dist-info/entry_points.txt").decode()
    needed = [line for line in fields.get_all("Requires-Dist") if "extra ==" not in line]
    assert fields["Version"] == edgeenv.__version__
    assert fields["Requires-Python"] == ">=3.11"
    assert fields["License-Expression"] == "MIT"
    assert sorted(re.split("[<>=]", line)[0].lower() for line in needed) == [
        "click",
        "jinja2",
        "jsonschema",
        "pyyaml",
        "tabulate",
    ]
    assert fields.get_all("Provides-Extra") == ["dev", "docs", "nvml", "onnx", "sampling"]
    assert scripts == "[console_scripts]\nedgeenv = edgeenv.__main__:main\n"


@pytest.mark.parametrize("kind", ["installed", "editable"])
def test_an_installation_works_from_another_directory(kind, request, tmp_path):
    commands = request.getfixturevalue(kind)
    where = call(
        commands / "python", "-c", "import edgeenv; print(edgeenv.__file__)", cwd=tmp_path
    ).stdout.strip()
    assert Path(where).is_relative_to(REPOSITORY if kind == "editable" else commands.parent)

    def typed(*words):
        return call(commands / "edgeenv", *words, cwd=tmp_path).stdout

    assert typed("--version") == f"edgeenv, version {edgeenv.__version__}\n"
    module = call(commands / "python", "-m", "edgeenv", "--version", cwd=tmp_path)
    assert module.stdout == typed("--version")
    for name in (path.name.removesuffix(".schema.json") for path in (REPOSITORY / "schemas").glob("*.json")):
        assert name in typed("schema", "list")
    assert typed("schema", "show", "result") == (REPOSITORY / "schemas" / "result.schema.json").read_text()
    bench = [REPOSITORY / word if "/" in word else word for word in (*FAKE_RUN, FAKE_CONFIG)]
    for _ in range(2):
        assert "Benchmark run stored" in typed(*bench)
    assert "Comparable: Yes" in typed("report", "compare", "latest~1", "latest")
    assert "|" in typed("report", "compare", "latest~1", "latest", "--format", "markdown")


def test_the_demo_of_an_installed_wheel_brings_its_own_examples(installed, tmp_path):
    done = call(installed / "edgeenv", "demo", cwd=tmp_path)
    assert "$ cd edgeenv-demo" in done.stdout
    assert "Comparable: Yes" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo-root", "edgeenv-demo"]
