"""Benchmark configs and target profiles that must be refused, each for a reason of its own.

They are derived from two valid files, field by field, so that a new field brings its bad files with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance_kit import CONFIG, TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = {
    "bench": CONFIG.format(name="some", command="python bench.py", model="m.onnx", batch_size=1, scale="1.0")
    + 'working_directory: "."\n',
    "profile": TARGET.format(name="some-board"),
}
TEXTS = {
    "bench": ("name", "command", "model_name", "model_version", "model_format", "model_path", "task",
              "input_dtype", "runtime", "execution_provider", "precision"),
    "profile": ("target_name", "board_name", "os"),
}  # fmt: skip
COUNTS = ("batch_size", "warmup_runs", "repeat_runs")
SWITCHES = ("include_preprocess", "include_postprocess")
OPTIONAL = {"timeout_seconds", "extra_env", "working_directory", "runtime_tags"}
# What several parsers of YAML read differently.
AMBIGUOUS = ("off", "no", "1e3", "0x1F", "12:30", "2024-01-02", "1_000", "010")


class BadFile(NamedTuple):
    """One bad file.

    Attributes:
        kind: ``bench`` or ``profile``, the command that validates it.
        code: of the problem that must be named.
        path: of the member that the problem must be about; None where it is about the file.
        what: is wrong with it.
    """

    kind: str
    code: str
    path: str | None
    what: str
    content: bytes


def bad_files() -> list[BadFile]:
    """All of them; always the same."""
    return [
        bad
        for kind in GOOD
        for make in (
            _missing,
            _misspelt,
            _twice,
            _of_another_type,
            _ambiguous,
            _tagged,
            _out_of_range,
            _whole,
        )
        for bad in make(kind)
    ]


def _fields(kind: str) -> list[str]:
    return [line.partition(":")[0] for line in GOOD[kind].splitlines() if not line.startswith(" ")]


def _with(kind: str, field: str, value: str) -> bytes:
    """The good file with another value for one field; what was nested in it goes away."""
    lines, inside = [], False
    for line in GOOD[kind].splitlines():
        if not line.startswith(" "):
            inside = line.startswith(f"{field}:")
            if inside:
                lines.append(f"{field}: {value}" if value is not None else "")
        if not inside:
            lines.append(line)
    return "".join(f"{line}\n" for line in lines).encode()


def _missing(kind: str) -> Iterator[BadFile]:
    for field in _fields(kind):
        if field not in OPTIONAL:
            content = _with(kind, field, "x").replace(f"{field}: x\n".encode(), b"")
            yield BadFile(kind, "required", f"$.{field}", "missing", content)


def _misspelt(kind: str) -> Iterator[BadFile]:
    for field in _fields(kind):
        wrong = f"{field}s"
        content = GOOD[kind].replace(f"{field}:", f"{wrong}:").encode()
        yield BadFile(kind, "unknown-member", f"$.{wrong}", "misspelt", content)


def _twice(kind: str) -> Iterator[BadFile]:
    for field in _fields(kind):
        content = (GOOD[kind] + f"{field}: x\n").encode()
        yield BadFile(kind, "duplicate-key", f"$.{field}", "twice", content)


def _of_another_type(kind: str) -> Iterator[BadFile]:
    wrong = dict.fromkeys(TEXTS[kind], ("7", "[a]", "{a: b}", "true", "null"))
    if kind == "bench":
        wrong |= dict.fromkeys(COUNTS, ('"3"', "1.5", "[1]", "true", "null"))
        wrong |= dict.fromkeys(SWITCHES, ('"true"', "1", "null"))
        wrong |= {
            "input_shape": ('"1,3,8,8"', "7", "null"),
            "extra_env": ("[A]", "7"),
            "timeout_seconds": ("'9'",),
        }
    else:
        wrong |= {"runtime_tags": ("lab", "{a: b}"), "target_type": ("7",)}
    for field, values in wrong.items():
        for value in values:
            code = "enum" if field == "target_type" else "type"
            yield BadFile(kind, code, f"$.{field}", f"is {value}", _with(kind, field, value))


def _ambiguous(kind: str) -> Iterator[BadFile]:
    for number, field in enumerate(TEXTS[kind]):
        value = AMBIGUOUS[number % len(AMBIGUOUS)]
        yield BadFile(kind, "ambiguous-scalar", f"$.{field}", f"is {value}", _with(kind, field, value))


def _tagged(kind: str) -> Iterator[BadFile]:
    for number, field in enumerate(TEXTS[kind]):
        code, value = (("tag", "!!python/name:os.system x"), ("anchor", "&a x"), ("alias", "*a"))[number % 3]
        yield BadFile(kind, code, None, f"{field} is {value}", _with(kind, field, value))


def _out_of_range(kind: str) -> Iterator[BadFile]:
    for field in TEXTS[kind]:
        yield BadFile(kind, "too-short", f"$.{field}", "empty", _with(kind, field, '""'))
        yield BadFile(kind, "nul-character", f"$.{field}", "with a NUL", _with(kind, field, '"a\\0b"'))
        yield BadFile(kind, "lone-surrogate", f"$.{field}", "half a pair", _with(kind, field, '"\\uD800"'))
    if kind == "profile":
        yield BadFile(kind, "enum", "$.target_type", "another machine", _with(kind, "target_type", "ssh"))
        return
    for field in COUNTS:
        yield BadFile(kind, "minimum", f"$.{field}", "negative", _with(kind, field, "-1"))
        yield BadFile(kind, "maximum", f"$.{field}", "huge", _with(kind, field, "2147483648"))
        yield BadFile(kind, "not-finite-number", f"$.{field}", "infinite", _with(kind, field, ".inf"))
        yield BadFile(kind, "huge-integer", f"$.{field}", "endless", _with(kind, field, "9" * 20))
    for place, value in (
        ("minimum", "[1, 0]"),
        ("too-few", "[]"),
        ("type", "[1, x]"),
        ("maximum", "[4294967296]"),
    ):
        path = None if value != "[]" else "$.input_shape"
        yield BadFile(kind, place, path, f"shape {value}", _with(kind, "input_shape", value))
    for name in ("lower", "EDGEENV_RUN_ID", "A-B", '"A=B"', "1A"):
        yield BadFile(
            kind, "member-name", None, f"variable {name}", _with(kind, "extra_env", f"{{{name}: x}}")
        )
    for value in ("7", "[a]", "null"):
        yield BadFile(
            kind, "type", "$.extra_env.A", f"is {value}", _with(kind, "extra_env", f"{{A: {value}}}")
        )
    yield BadFile(kind, "minimum", "$.timeout_seconds", "no time", _with(kind, "timeout_seconds", "0"))


def _whole(kind: str) -> Iterator[BadFile]:
    good = GOOD[kind]
    for code, what, content in (
        ("not-a-mapping", "only comments", b"# nothing\n\n# here\n"),
        ("not-a-mapping", "a list", b"- 1\n- 2\n"),
        ("not-a-mapping", "a text", b"hello\n"),
        ("yaml-syntax", "a bracket too few", (good + "x: [\n").encode()),
        ("yaml-syntax", "a tab", (good + "x:\n\ty: 1\n").encode()),
        ("yaml-syntax", "a quote too few", (good + 'x: "a\n').encode()),
        ("several-documents", "two documents", (good + "---\na: 1\n").encode()),
        ("merge-key", "a merge key", (good + "<<: {a: 1}\n").encode()),
        ("non-string-key", "a number as key", (good + "7: x\n").encode()),
        ("too-deep", "deep", (good + f"x: {'[' * 60}{']' * 60}\n").encode()),
        ("byte-order-mark", "a byte order mark", b"\xef\xbb\xbf" + good.encode()),
        ("utf-16", "UTF-16", good.encode("utf-16")),
        ("not-utf8", "Latin-1", (good + "x: caf\xe9\n").encode("latin-1")),
        ("nul-character", "a NUL byte", good.encode() + b"x: a\0b\n"),
        ("control-character", "an escape sequence", good.encode() + b"x: \x1b[2J\n"),
        ("too-large", "300 kB", good.encode() + b"#" * 300_000),
    ):
        yield BadFile(kind, code, None, what, content)
