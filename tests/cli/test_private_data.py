"""Private data: warned of before it is recorded, listed before it is exported, never taken from the shell."""

from __future__ import annotations

import json
import os
import socket

import pytest
from cli_cases import METRICS, write_config

WORDS = ("bench", "run", "--target", "target.yaml", "--config", "bench.yaml")
WARNING = (
    "Warning: bench.yaml:{line}:3: $.extra_env.HUB_API_TOKEN: the variable HUB_API_TOKEN looks like a "
    "secret, and its value would be stored with every run; set it in your shell instead: the command "
    "inherits the shell's environment, whose values EdgeEnv never records"
)
SUSPECT = "extra_env:\n  HUB_API_TOKEN: hush\n  OMP_NUM_THREADS: '2'\n"
# Variables that a program might be tempted to record.
INHERITED = (
    *(
        "API_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "DATABASE_URL",
        "HTTPS_PROXY",
        "SSH_AUTH_SOCK",
        "HOSTNAME",
        "USER",
    ),
    *("LOGNAME", "MAIL", "TZ_OF_MINE", "CUDA_VISIBLE_DEVICES_X", "LC_MINE"),
)


def files_below(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command", [("bench", "validate", "bench.yaml"), WORDS, (*WORDS, "--dry-run")])
def test_a_secret_in_a_config_is_warned_of_and_where_it_belongs_is_said(edgeenv, workplace, command):
    write_config(workplace, SUSPECT)
    line = (workplace / "bench.yaml").read_text().splitlines().index("  HUB_API_TOKEN: hush") + 1
    done = edgeenv(*command)
    assert done.status == 0
    assert done.stderr.splitlines() == [WARNING.format(line=line)]
    assert "hush" not in done.stderr


def test_the_warning_of_a_run_is_no_part_of_its_json(edgeenv, workplace):
    write_config(workplace, SUSPECT)
    done = edgeenv(*WORDS, "--json")
    assert json.loads(done.stdout)["recorded"]
    assert "looks like a secret" in done.stderr


def test_a_usual_variable_is_not_warned_of(edgeenv, workplace):
    write_config(workplace, "extra_env:\n  MAX_TOKENS: '7'\n")
    assert edgeenv(*WORDS).stderr == ""


@pytest.mark.parametrize("succeeds", [True, False])
def test_no_value_of_an_inherited_variable_is_stored(edgeenv, workplace, succeeds):
    values = {name: f"value-of-{name.lower()}-{number}" for number, name in enumerate(INHERITED)}
    program = (
        "import os, sys\n"
        f"for name in {INHERITED!r}:\n"
        "    assert os.environ[name].startswith('value-of-')\n"  # the command has them
        f"print('it has them')\nprint('EDGEENV_METRICS_JSON=' + {METRICS!r})\n"
        f"sys.exit({0 if succeeds else 3})\n"
    )
    (workplace / "bench.py").write_text(program)
    done = edgeenv(*WORDS, "--edgeenv-root", "root", env=values)
    assert done.status == (0 if succeeds else 1)
    noun = "runs" if succeeds else "failed-runs"
    assert edgeenv(noun, "export", "--all", "-o", "out", "--edgeenv-root", "root", env=values).status == 0
    stored = files_below(workplace / "root") | files_below(workplace / "out")
    (log,) = (content for path, content in stored.items() if path.name == "stdout.log")
    assert log.startswith(b"it has them\n")
    assert len(stored) >= 8
    for path, content in stored.items():
        for name, value in values.items():
            assert value.encode() not in content, f"{path} holds the value of {name}"
    assert edgeenv("bundle", "verify", *(workplace / "out").iterdir()).status == 0


def test_what_the_command_itself_prints_is_kept_and_nothing_else(edgeenv, workplace):
    (workplace / "bench.py").write_text(
        f"import os\nprint(os.environ['API_TOKEN'])\nprint('EDGEENV_METRICS_JSON=' + {METRICS!r})\n"
    )
    assert edgeenv(*WORDS, "--edgeenv-root", "root", env={"API_TOKEN": "printed-value"}).status == 0
    holding = [
        path.name for path, content in files_below(workplace / "root").items() if b"printed-value" in content
    ]
    assert holding == ["stdout.log"]


def test_no_environment_is_among_the_facts_of_the_machine(edgeenv, workplace):
    assert edgeenv(*WORDS, "--edgeenv-root", "root").status == 0
    (path,) = (workplace / "root").rglob("env.json")
    text = path.read_text()
    assert socket.gethostname() not in text or socket.gethostname() == "localhost"
    assert os.environ["PATH"] not in text
    assert not [name for name in json.loads(text) if name.isupper()]


def test_export_lists_what_may_be_private_before_it_writes(edgeenv, workplace):
    write_config(workplace, f"{SUSPECT}  CACHE: /home/maker/cache\n")
    with (workplace / "target.yaml").open("a") as target:
        target.write("# beside box-7.lan\n")
    assert edgeenv(*WORDS).status == 0
    before = sorted(workplace.iterdir())
    done = edgeenv("runs", "export", "latest", "-o", "target.yaml")
    assert (done.status, sorted(workplace.iterdir())) == (1, before)
    listed = done.stderr.splitlines()
    assert listed[0] == "May be private, and will be in the bundle:"
    assert "- the home directory /home/maker (config.yaml, result.json)" in listed or (
        "- the home directory /home/maker (result.json, config.yaml)" in listed
    )
    assert "- the host name box-7.lan (target.yaml)" in listed
    assert any(line.startswith("- the value of HUB_API_TOKEN, whose name looks secret (") for line in listed)
    assert "- whatever the command printed (stdout.log)" in listed
    assert listed[-2] == "Error: target.yaml exists already"
    assert "hush" not in done.stderr
    exported = json.loads(edgeenv("runs", "export", "latest", "-o", "x.zip", "--json").stdout)["exported"][0]
    assert [(entry["code"], entry["value"]) for entry in exported["private_data"]] == [
        ("home-path", "/home/maker"),
        ("host-name", "box-7.lan"),
        ("secret-name", "HUB_API_TOKEN"),
        ("logs", None),
    ]
    assert exported["private_data"][3]["files"] == ["stdout.log"]


def test_of_several_runs_each_thing_is_listed_once(edgeenv, workplace):
    for more in ("", "", SUSPECT):
        write_config(workplace, more)
        assert edgeenv(*WORDS).status == 0
    done = edgeenv("runs", "export", "--all", "-o", "out")
    assert done.stderr.splitlines() == [
        "May be private, and will be in these 3 bundles:",
        "- whatever the command printed (stdout.log)",
        "- the value of HUB_API_TOKEN, whose name looks secret (result.json, config.yaml), in 1 of them",
    ]
    assert len(list((workplace / "out").iterdir())) == 3


def test_hostile_names_are_shown_escaped(edgeenv, workplace):
    write_config(workplace, 'extra_env:\n  A: "/home/\\u202emaker"\n')
    assert edgeenv(*WORDS).status == 0
    done = edgeenv("runs", "export", "latest", "-o", "x.zip")
    assert done.status == 0
    assert "\u202e" not in done.stderr
    assert "- the home directory /home/\\u202emaker (result.json)" in done.stderr.splitlines()


@pytest.mark.usefixtures("workplace")
def test_a_run_that_cannot_be_looked_at_is_told_with_the_others(edgeenv):
    assert edgeenv(*WORDS).status == 0
    assert edgeenv(*WORDS).status == 0
    done = edgeenv("runs", "export", "latest", "latest~1", "no-such-run", "-o", "out", "--json")
    document = json.loads(done.stdout)
    assert (done.status, len(document["exported"]), len(document["refused"])) == (1, 2, 1)
    assert document["refused"][0]["run"] == "no-such-run"
