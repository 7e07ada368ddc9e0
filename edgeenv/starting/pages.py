"""The texts of a first bench config and of a first target profile, with a comment beside what to look at."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from edgeenv.starting.yaml_text import scalar

if TYPE_CHECKING:
    from edgeenv.starting.machine_names import MachineNames
    from edgeenv.starting.model_facts import ModelFacts

NO_MODEL = "path/to/your/model"
_GUESSED_SHAPE = (1, 3, 224, 224)
_PRECISION = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "int8": "int8", "uint8": "int8"}


class Beginning(NamedTuple):
    """All that the pages are filled with.

    Attributes:
        name: the benchmark's name.
        script: the path of the script, as the runner will find it.
        python: the word that starts the script.
        words: the user's command; empty when the script holds what is to be measured.
        runtime: the name of what executes the model, when its file does not tell.
        model: the user's model.
        machine: what this machine calls itself.
        config_schema: where an editor finds the schema of the config.
        profile_schema: where it finds that of the profile.
    """

    name: str
    script: str
    python: str
    words: tuple[str, ...]
    runtime: str
    model: ModelFacts | None
    machine: MachineNames
    config_schema: str
    profile_schema: str


def command_line(beginning: Beginning) -> str:
    """The command of the config: the script, and after ``--`` the user's own words."""
    own = ("--", *beginning.words) if beginning.words else ()
    return shlex.join((beginning.python, beginning.script, *own))


def config_page(beginning: Beginning) -> str:
    """The bench config."""
    measured = (
        "# Measured is the whole command, start-up included, unless the script is told to read its output."
        if beginning.words
        else "# Measured is the function one_inference of the script: replace it by your own."
    )
    lines = [
        f"# yaml-language-server: $schema={_one_line(beginning.config_schema)}",
        "# What is to be run, and how. Check the lines marked GUESS: they become part of the evidence.",
        "# Paths count from the directory in which edgeenv is started.",
        "",
        f"name: {scalar(beginning.name)}",
        measured,
        f"command: {scalar(command_line(beginning))}",
        "",
        *_model_lines(beginning),
        "",
        *_protocol_lines(beginning),
        "",
        "# The whole command is stopped after this long.",
        "timeout_seconds: 3600",
        "# working_directory: .",
        "# Variables for the command; no secrets, since they are recorded.",
        "# extra_env:",
        '#   OMP_NUM_THREADS: "2"',
    ]
    return "\n".join(lines) + "\n"


def profile_page(beginning: Beginning) -> str:
    """The target profile."""
    machine = beginning.machine
    lines = [
        f"# yaml-language-server: $schema={_one_line(beginning.profile_schema)}",
        "# Where it is run: this machine, by what it calls itself. Runs on targets of other names are not",
        "# in the same condition, so give each of your boards a name of its own.",
        "",
        f"target_name: {scalar(machine.target_name)}",
        "target_type: local",
        f"board_name: {scalar(machine.board)}",
        f"os: {scalar(machine.system)}",
        f"runtime_tags: [local, {scalar(machine.architecture)}]",
        "",
        "# Memory of the command while it runs; needs: python -m pip install 'edgeenv[sampling]'",
        "# sampler:",
        "#   name: process-tree",
    ]
    return "\n".join(lines) + "\n"


def _model_lines(beginning: Beginning) -> list[str]:
    model = beginning.model
    if model is not None:
        return [
            "# The model. The digest holds it fast: a run with another file at this path fails.",
            f"model_name: {scalar(_stem(model.path))}",
            'model_version: "1"  # GUESS',
            f"model_format: {scalar(model.guess.format)}",
            f"model_path: {scalar(model.path)}",
            f'model_sha256: "{model.sha256}"',
        ]
    if beginning.words:
        return [
            "# The model. Without a file at model_path no run of this can be compared with another.",
            f"model_name: {scalar(beginning.name)}  # GUESS",
            'model_version: "1"  # GUESS',
            "model_format: unknown  # GUESS",
            f"model_path: {NO_MODEL}  # GUESS",
        ]
    return [
        "# The model. Until you name one, the script stands in for it, since it is what is measured.",
        f"model_name: {scalar(beginning.name)}  # GUESS",
        'model_version: "1"  # GUESS',
        "model_format: python  # GUESS",
        f"model_path: {scalar(beginning.script)}  # GUESS",
    ]


def _protocol_lines(beginning: Beginning) -> list[str]:
    model = beginning.model
    taken = None if model is None else model.taken
    shape = _GUESSED_SHAPE if taken is None else taken.shape
    dtype = "float32" if taken is None else taken.dtype
    shape_mark = "  # GUESS" if taken is None or taken.is_open else ""
    runtime = beginning.runtime if model is None or not model.guess.runtime else model.guess.runtime
    provider = "cpu" if model is None else model.guess.provider
    boundary = "true" if beginning.words else "false"
    return [
        "# The protocol. Runs that differ in any of it are not in the same condition.",
        "task: inference  # GUESS: such as image-classification or object-detection",
        f"input_shape: {list(shape)}{shape_mark}",
        f"input_dtype: {scalar(dtype)}{'  # GUESS' if taken is None else ''}",
        f"runtime: {scalar(runtime)}  # GUESS",
        f"execution_provider: {scalar(provider)}  # GUESS: such as cpu, cuda or tensorrt",
        f"precision: {scalar(_PRECISION.get(dtype, dtype))}  # GUESS: that of the weights",
        f"batch_size: {shape[0] if len(shape) > 1 else 1}{shape_mark}",
        "# The script makes these runs; with fewer than 20 counted ones there is no 95th percentile.",
        "warmup_runs: 2",
        "repeat_runs: 20",
        "# Whether preparing the input and reading the output are part of the measured time.",
        f"include_preprocess: {boundary}",
        f"include_postprocess: {boundary}",
    ]


def _stem(path: str) -> str:
    """A model's name from its file's."""
    last = path.rstrip("/").rpartition("/")[2]
    return last.rpartition(".")[0] or last or "model"


def _one_line(text: str) -> str:
    """A path inside a comment; a line break in it would end the comment."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
