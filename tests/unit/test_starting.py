"""The first files of a user: whatever is named, they are valid, and mean what was named."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeenv import documents, resources
from edgeenv.capture.sysroot import Sysroot
from edgeenv.errors import EdgeEnvError
from edgeenv.starting import files as files_module
from edgeenv.starting import model_facts as facts_module
from edgeenv.starting.command import command_words, model_among, program_name
from edgeenv.starting.files import new_files, place
from edgeenv.starting.machine_names import MachineNames, machine_names
from edgeenv.starting.model_facts import ModelFacts, model_facts
from edgeenv.starting.model_format import FormatGuess
from edgeenv.starting.onnx_model import NoOnnxRuntimeError, UnreadableModelError, first_input
from edgeenv.starting.pages import Beginning
from edgeenv.starting.yaml_text import scalar

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TINY = EXAMPLES / "models" / "tiny_classifier.onnx"
MACHINE = MachineNames("Some Board", "Some OS 1", "aarch64")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)


def beginning(**values):
    model = values.pop("model", None)
    facts = None if model is None else ModelFacts(model, "0" * 64, FormatGuess("onnx", "", "cpu"), None)
    members = {
        "name": "mine",
        "script": "bench.py",
        "python": "python3",
        "words": (),
        "runtime": "mine",
        "model": facts,
        "machine": MACHINE,
        "config_schema": "s/bench-config.schema.json",
        "profile_schema": "s/target-profile.schema.json",
    }
    return Beginning(**{**members, **values})


def config_of(made):
    return next(file.document.data for file in made if file.kind == "bench-config")


# The law: any command, name and path give valid files that say the same.


@given(words=st.lists(TEXT, min_size=1, max_size=6), name=TEXT, model=TEXT, schema=TEXT)
def test_any_command_and_any_path_give_a_valid_config_with_the_same_words(words, name, model, schema):
    made = new_files(
        beginning(words=tuple(words), name=name, model=model, script=f"{model}/b.py", config_schema=schema),
        Path("x"),
    )
    config = config_of(made)
    assert shlex.split(config["command"]) == ["python3", f"{model}/b.py", "--", *words]
    assert (config["name"], config["model_path"]) == (name, model)


@given(board=TEXT, system=TEXT, architecture=TEXT)
def test_any_names_of_a_machine_give_a_valid_profile(board, system, architecture):
    made = new_files(beginning(machine=MachineNames(board, system, architecture)), Path("x"))
    profile = next(file.document.data for file in made if file.kind == "target-profile")
    assert (profile["board_name"], profile["os"]) == (board, system)
    assert profile["runtime_tags"] == ["local", architecture]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_scalar_is_read_back_as_the_text(text):
    assert documents.parse_yaml(f"a: {scalar(text)}\n".encode(), "x").data == {"a": text}


@pytest.mark.parametrize(
    "text", ["no", "On", "null", "1.10", "0o17", "5e12", "12:30", "a: b", "a #b", "-", ""]
)
def test_a_text_that_yaml_would_take_for_something_else_is_quoted(text):
    assert scalar(text).startswith('"')


@pytest.mark.parametrize("text", ["python3", "models/a b.onnx", "x86-64"])
def test_a_plain_text_stays_plain(text):
    assert scalar(text) == text


def test_what_no_valid_file_can_hold_is_refused_with_its_problem():
    with pytest.raises(EdgeEnvError) as caught:
        new_files(beginning(name="a\0"), Path("x"))
    assert caught.value.code == "not-valid"
    assert [problem.path for problem in caught.value.problems][:1] == ["$.name"]


# The command.


@given(st.lists(TEXT, min_size=1, max_size=6))
def test_a_quoted_command_is_split_into_its_words(words):
    assert command_words(shlex.join(words)) == tuple(words)


@pytest.mark.parametrize(
    "text",
    [
        "./a | tee x",
        "./a && ./b",
        "./a > log",
        "./a; ./b",
        "./a $HOME/x",
        './a "$HOME/x"',
        './a "$(pwd)"',
        "./a `pwd`",
        "./a *.jpg",
        "~/a x",
        "./a ~/x",
        "OMP=1 ./a",
        "",
        "''",
        "   ",
        "./a 'x",
        "./a \\",
        "a\0b",
        "a \udcff",
    ],
)
def test_a_command_for_a_shell_or_for_nobody_is_refused(text):
    with pytest.raises(EdgeEnvError) as caught:
        command_words(text)
    assert caught.value.code == "command-refused"
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["./a '$HOME' \\$x", "./a '*.jpg' \"a|b\"", "./a --x=1 a~b", "./a 5$", "sh -c 'a | b'"]
)
def test_a_command_that_only_looks_like_it_is_taken(text):
    assert command_words(text) == tuple(shlex.split(text))


def test_the_hint_of_a_refused_command_is_taken_when_pasted():
    with pytest.raises(EdgeEnvError) as caught:
        command_words("./a 'x y' | tee $LOG")
    pasted = shlex.split(caught.value.hint)
    assert pasted[:3] == ["edgeenv", "init", "--from-command"]
    assert command_words(pasted[3]) == ("sh", "-c", "./a 'x y' | tee $LOG")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["./a", "m.onnx"], "m.onnx"),
        (["./a", "--model=m.onnx"], "m.onnx"),
        (["./a", "m.onnx", "--again", "m.onnx"], "m.onnx"),
        (["./a", "m.onnx", "n.ONNX"], None),
        (["./a", "absent.onnx"], None),
        (["./a", "notes.txt"], None),
    ],
)
def test_a_model_is_found_among_the_words_when_it_is_the_only_one(words, found, tmp_path):
    for name in ("m.onnx", "n.ONNX", "notes.txt"):
        (tmp_path / name).touch()
    assert model_among(words, tmp_path) == found


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("./bin/detect", "-x"), "detect"),
        (("python3", "src/run.py"), "run"),
        (("python3", "-m", "mine"), "python3"),
        (("sh", "-c", "x"), "sh"),
    ],
)
def test_a_command_has_a_name(words, name):
    assert program_name(words) == name


# The model.


def test_an_onnx_model_is_read():
    pytest.importorskip("onnxruntime", reason="needs the onnx extra")
    facts = model_facts(str(TINY), Path("/"))
    assert facts.guess.format == "onnx"
    assert facts.taken.dtype == "float32"
    assert facts.taken.shape == (1, 3, 1, 1)
    assert facts.taken.is_open
    assert [note.code for note in facts.notes] == ["open-dimensions"]
    made = new_files(beginning()._replace(model=facts), Path("x"))
    assert config_of(made)["model_sha256"] == facts.sha256
    assert config_of(made)["input_shape"] == [1, 3, 1, 1]


def test_a_file_that_is_no_onnx_model_is_told(tmp_path):
    pytest.importorskip("onnxruntime", reason="needs the onnx extra")
    (tmp_path / "m.onnx").write_bytes(b"no model")
    with pytest.raises(UnreadableModelError):
        first_input(tmp_path / "m.onnx")
    facts = model_facts("m.onnx", tmp_path)
    assert facts.taken is None
    assert [note.code for note in facts.notes] == ["onnx-model-unreadable"]


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch):
    def absent(_name):
        raise ImportError

    monkeypatch.setattr("edgeenv.starting.onnx_model.import_module", absent)
    with pytest.raises(NoOnnxRuntimeError):
        first_input(TINY)
    (note,) = model_facts(str(TINY), Path("/")).notes
    assert note.code == "onnx-extra-missing"
    assert "pip install" in note.text


def test_a_model_of_another_kind_is_named_and_not_read(tmp_path):
    (tmp_path / "m.tflite").write_bytes(b"x")
    facts = model_facts("m.tflite", tmp_path)
    assert (facts.guess.format, facts.taken, facts.notes[0].code) == ("tflite", None, "shape-not-read")


def test_a_model_that_is_not_there_or_cannot_be_read_is_an_error(tmp_path):
    for named, code in (("absent.onnx", "model-not-found"), ("x\0.onnx", "model-unreadable")):
        with pytest.raises(EdgeEnvError) as caught:
            model_facts(named, tmp_path)
        assert caught.value.code == code
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(EdgeEnvError) as caught:
        model_facts("pipe.onnx", tmp_path)
    assert caught.value.code == "model-unreadable"


def test_a_model_with_several_inputs_says_whose_shape_it_is(monkeypatch):
    taken = first_input_like(shape=(2, 8), others=2)
    monkeypatch.setattr(facts_module, "first_input", lambda _path: taken)
    (note,) = model_facts(str(TINY), Path("/")).notes
    assert note.code == "several-inputs"


def first_input_like(**values):
    from edgeenv.starting.onnx_model import ModelInput

    return ModelInput(
        **{"name": "in", "shape": (1,), "dtype": "int64", "is_open": False, "others": 0, **values}
    )


# The machine.


@pytest.mark.parametrize(
    ("files", "board", "system"),
    [
        (
            {
                "proc/device-tree/model": "Jetson Orin Nano\0",
                "etc/os-release": 'PRETTY_NAME="Ubuntu 22.04"\n',
            },
            "Jetson Orin Nano",
            "Ubuntu 22.04",
        ),
        (
            {"sys/class/dmi/id/sys_vendor": "Acme\n", "sys/class/dmi/id/product_name": "Box 3\n"},
            "Acme Box 3",
            None,
        ),
        (
            {"sys/class/dmi/id/sys_vendor": "Acme", "sys/class/dmi/id/product_name": "Acme Box"},
            "Acme Box",
            None,
        ),
        ({"sys/class/dmi/id/product_name": "To Be Filled By O.E.M."}, None, None),
        ({"sys/class/dmi/id/product_name": "System Product Name"}, None, None),
        ({}, None, None),
    ],
)
def test_a_machine_is_called_what_it_calls_itself(tmp_path, files, board, system):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    names = machine_names(Sysroot(tmp_path))
    assert names.board == (board or f"{os.uname().machine} machine")
    assert names.system == (system or f"{os.uname().sysname} {os.uname().release}")
    assert os.uname().nodename not in names or os.uname().nodename in names.system


def test_a_target_is_named_after_its_board():
    assert MACHINE.target_name == "some-board"
    assert MachineNames("모델", "x", "y").target_name == "local-machine"


# The files.


def test_all_files_are_placed_or_none(tmp_path, monkeypatch):
    made = new_files(beginning(), tmp_path / "new")
    calls = []

    def fail_at_the_third(source, target):
        calls.append(target)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        shutil.move(source, target)

    monkeypatch.setattr(files_module.os, "replace", fail_at_the_third)
    with pytest.raises(EdgeEnvError) as caught:
        place(made, replace=False, mode=0o644)
    assert caught.value.code == "not-writable"
    assert not (tmp_path / "new").exists()


def test_a_failure_puts_back_what_was_there(tmp_path, monkeypatch):
    made = new_files(beginning(), tmp_path)
    (tmp_path / "bench.yaml").write_text("mine")
    calls = []

    def fail_at_the_second(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        shutil.move(source, target)

    monkeypatch.setattr(files_module.os, "replace", fail_at_the_second)
    with pytest.raises(EdgeEnvError):
        place(made, replace=True, mode=0o644)
    assert [path.name for path in tmp_path.iterdir()] == ["bench.yaml"]
    assert (tmp_path / "bench.yaml").read_text() == "mine"


def test_what_is_there_is_not_overwritten_unless_asked(tmp_path):
    made = new_files(beginning(), tmp_path)
    (tmp_path / "bench.py").write_text("mine")
    with pytest.raises(EdgeEnvError) as caught:
        place(made, replace=False, mode=0o644)
    assert caught.value.code == "file-exists"
    assert [path.name for path in tmp_path.iterdir()] == ["bench.py"]
    place(made, replace=True, mode=0o640)
    assert {path.name for path in tmp_path.iterdir()} == {"bench.py", "bench.yaml", "target.yaml"}
    assert (tmp_path / "bench.py").read_bytes() == resources.read_bytes("templates", "init_function.py")
    assert (tmp_path / "bench.py").stat().st_mode & 0o777 == 0o640


def test_a_directory_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EdgeEnvError) as caught:
        place(new_files(beginning(), tmp_path / "file"), replace=False, mode=0o644)
    assert caught.value.code == "not-writable"
