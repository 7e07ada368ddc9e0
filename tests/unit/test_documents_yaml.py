"""Strict YAML: every trap is refused with its code and place, and what is accepted means one thing only."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeenv.documents import canonical_json, parse_yaml
from edgeenv.errors import EdgeEnvError

TRAPS = [
    # what several parsers read differently: the value is never chosen, the file is refused
    ("precision: off", "ambiguous-scalar", 1, 12),
    ("a: no", "ambiguous-scalar", 1, 4),
    ("a: NO", "ambiguous-scalar", 1, 4),
    ("a: on", "ambiguous-scalar", 1, 4),
    ("a: Yes", "ambiguous-scalar", 1, 4),
    ("a: y", "ambiguous-scalar", 1, 4),
    ("a: N", "ambiguous-scalar", 1, 4),
    ("m: 010", "ambiguous-scalar", 1, 4),
    ("m: -010", "ambiguous-scalar", 1, 4),
    ("m: 089", "ambiguous-scalar", 1, 4),
    ("hash: 0123456", "ambiguous-scalar", 1, 7),
    ("t: 12:30", "ambiguous-scalar", 1, 4),
    ("t: 1:30:00", "ambiguous-scalar", 1, 4),
    ("t: 190:20:30.15", "ambiguous-scalar", 1, 4),
    ("v: 1e3", "ambiguous-scalar", 1, 4),
    ("v: 1.0e3", "ambiguous-scalar", 1, 4),
    ("v: 5e12", "ambiguous-scalar", 1, 4),
    ("sha: 25921e05", "ambiguous-scalar", 1, 6),
    ("v: 1e999", "ambiguous-scalar", 1, 4),
    ("d: 2024-01-02", "ambiguous-scalar", 1, 4),
    ("d: 2024-01-02T03:04:05Z", "ambiguous-scalar", 1, 4),
    ("d: 2024-1-2 03:04:05", "ambiguous-scalar", 1, 4),
    ("n: 1_000", "ambiguous-scalar", 1, 4),
    ("n: 1_000.5", "ambiguous-scalar", 1, 4),
    ("n: 0b101", "ambiguous-scalar", 1, 4),
    ("n: 0x1F", "ambiguous-scalar", 1, 4),
    ("n: 0o17", "ambiguous-scalar", 1, 4),
    ("n: =", "ambiguous-scalar", 1, 4),
    ("n: " + "1" * 500, "ambiguous-scalar", 1, 4),
    ("on: 1", "ambiguous-scalar", 1, 1),
    # numbers that cannot be held
    ("f: .inf", "not-finite-number", 1, 4),
    ("f: -.INF", "not-finite-number", 1, 4),
    ("f: .nan", "not-finite-number", 1, 4),
    ("f: 1.0e+999", "not-finite-number", 1, 4),
    ("f: 12345678901234567890", "huge-integer", 1, 4),
    # keys
    ("a: 1\nb:\n  c: 1\n  c: 2", "duplicate-key", 4, 3),
    ('a: 1\n"a": 2', "duplicate-key", 2, 1),
    ("{a: 1, a: 2}", "duplicate-key", 1, 8),
    ("true: b", "non-string-key", 1, 1),
    ("1: a", "non-string-key", 1, 1),
    ("1.5: a", "non-string-key", 1, 1),
    ("~: a", "non-string-key", 1, 1),
    ("? [a, b]\n: c", "non-string-key", 1, 3),
    ("a: 1\n? {b: c}\n: d", "non-string-key", 2, 3),
    # what refers, includes or constructs
    ("a: &x 1", "anchor", 1, 4),
    ("a: &a [*a]", "anchor", 1, 4),
    ("&k a: 1", "anchor", 1, 1),
    ("a: *x", "alias", 1, 4),
    ("*x : 1", "alias", 1, 1),
    ("a:\n  <<: {b: 1}", "merge-key", 2, 3),
    ("a: !!python/object/apply:os.system [id]", "tag", 1, 4),
    ("a: !!binary aGk=", "tag", 1, 4),
    ("a: !!set {b, c}", "tag", 1, 4),
    ("a: !!omap [b: c]", "tag", 1, 4),
    ("a: !!str 1", "tag", 1, 4),
    ("a: !local b", "tag", 1, 4),
    ("a: ! b", "tag", 1, 4),
    ("!!map {a: b}", "tag", 1, 1),
    ("%YAML 1.1\n---\na: 1", "directive", 1, 1),
    ("%TAG ! tag:x,2000:\n---\na: 1", "directive", 1, 1),
    ("a: 1\n---\nb: 2", "several-documents", 2, 1),
    ("a: 1\n...\n---\nb: 2", "several-documents", 3, 1),
    # depth and size
    ("a: " + "[" * 500, "too-deep", 1, 19),
    ("a: " + "{a: " * 500, "too-deep", 1, 60 + 4),
    ("a: [" + "1, " * 60_000 + "1]", "too-many-values", 1, None),
    # characters
    ("a: x\u2028y", "control-character", 1, 5),
    ("a: 1\nb: \x1b[31mred", "control-character", 2, 4),
    ("a: x\x85y", "control-character", 1, 5),
    ('a: "\\ud800"', "lone-surrogate", 1, 4),
    ('"\\udfff": 1', "lone-surrogate", 1, 1),
    # syntax
    ("a:\t1", "yaml-syntax", 1, 3),
    ("a:\n\tb: 1", "yaml-syntax", 2, 1),
    ("a: b: c", "yaml-syntax", 1, 5),
    ("a: [1, 2", "yaml-syntax", 1, 9),
    ('a: "open', "yaml-syntax", 1, 9),
    ("a: @b", "yaml-syntax", 1, 4),
    ('a: "\\U00110000"', "yaml-syntax", 1, 1),
    ('a: "\\q"', "yaml-syntax", 1, 6),
    ("a:\n  - 1\n b: 2", "yaml-syntax", 3, 2),
]


def refused(raw, **options):
    with pytest.raises(EdgeEnvError) as caught:
        parse_yaml(raw if isinstance(raw, bytes) else raw.encode(), "bench.yaml", **options)
    return caught.value


@pytest.mark.parametrize(("text", "code", "line", "column"), TRAPS)
def test_a_trap_is_refused_where_it_stands(text, code, line, column):
    error = refused(text)
    assert error.code == "invalid-yaml"
    first = error.problems[0]
    assert (first.code, first.line) == (code, line)
    assert column is None or first.column == column
    assert first.file == "bench.yaml"


@pytest.mark.parametrize(
    ("raw", "code", "line", "column"),
    [
        (b"\xef\xbb\xbfa: 1\n", "byte-order-mark", 1, 1),
        ("a: 1\n".encode("utf-16"), "utf-16", 1, 1),
        ("a: 1\n".encode("utf-16-le"), "utf-16", 1, 1),
        ("a: 1\n".encode("utf-16-be"), "utf-16", 1, 1),
        ("a: 1\nname: caf\u00e9\n".encode("latin-1"), "not-utf8", 2, 10),
        ("\u00e9: 1\nname: \u00e9".encode() + b"\xff", "not-utf8", 2, 8),
        (b"a: 1\nb: x\0y\n", "nul-character", 2, 5),
    ],
)
def test_bytes_that_are_no_plain_utf8_are_refused(raw, code, line, column):
    error = refused(raw)
    assert error.code == "invalid-yaml"
    assert [(p.code, p.line, p.column) for p in error.problems] == [(code, line, column)]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# only\n# comments\n", "---\n", "- a\n- b\n", "a", "null", "'{}'", "[]"]
)
def test_a_file_without_an_object_at_the_top_is_refused(text):
    error = refused(text)
    assert error.code == "not-a-mapping"
    assert [p.code for p in error.problems] == ["not-a-mapping"]
    assert error.problems[0].line in {1, 2}


def test_an_empty_file_and_a_list_are_told_apart():
    assert "nothing but white space or comments" in refused("# c\n").message
    assert "a list" in refused("- a\n").message
    assert "a single value" in refused("null\n").message


def test_every_problem_of_a_file_is_told_in_one_error():
    error = refused("a: off\nb: 010\na: 1\nc: {1: 2}\n")
    assert [(p.code, p.line, p.path) for p in error.problems] == [
        ("ambiguous-scalar", 1, "$.a"),
        ("ambiguous-scalar", 2, "$.b"),
        ("duplicate-key", 3, "$.a"),
        ("non-string-key", 4, "$.c['1']"),
    ]
    assert error.message.startswith("bench.yaml:1:4: ")
    assert "3 more" in error.message


def test_a_duplicate_key_names_both_lines():
    problem = refused("name: a\nx: 1\nname: b\n").problems[0]
    assert problem.line == 3
    assert "first on line 1" in problem.message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a: off", 'quote it if it is text: "off"; write false if it is a switch'),
        ("a: YES", "write true if it is a switch"),
        ("a: 0123", 'quote it if it is text: "0123"'),
        ("a: 2024-01-02", 'quote it: "2024-01-02"'),
        ("a: .inf", 'quote it if it is text: ".inf"'),
        ("1: a", 'quote it: "1"'),
        ("a:\t1", "spaces"),
        ("a: b: c", "quote text that holds a colon"),
        ("a:\n  b: c\n    d: e", "indent this line like the one above it"),
        ("a:\n  b: c\n  d: e: f", "quote text that holds a colon"),
        ("a: *x", "write the value out"),
    ],
)
def test_a_refusal_says_what_to_do(text, hint):
    assert hint in refused(text).problems[0].hint


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("0.5", 0.5),
        ("1.10", 1.1),
        ("1.0e+3", 1000.0),
        (".5", 0.5),
        ("9999999999999999999", 9999999999999999999),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("onnx", "onnx"),
        ("1.2.3", "1.2.3"),
        ("R35.4.1", "R35.4.1"),
        ("nan", "nan"),
        ("yesterday", "yesterday"),
        ("python -c 'print(1)'", "python -c 'print(1)'"),
        ('"off"', "off"),
        ("'010'", "010"),
        ('"2024-01-02"', "2024-01-02"),
        ('"\\0"', "\0"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        (">-\n  folded\n  text\n", "folded text"),
        ("[1, 3, 224]", [1, 3, 224]),
        ("{OMP_NUM_THREADS: '2'}", {"OMP_NUM_THREADS": "2"}),
    ],
)
def test_what_all_parsers_read_alike_is_accepted(text, value):
    found = parse_yaml(f"a: {text}\n".encode(), "f").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_single_letters_may_be_keys():
    assert parse_yaml(b"x: 1\ny: 2\nn: 3\n", "f").data == {"x": 1, "y": 2, "n": 3}


def test_sixteen_levels_are_accepted_and_seventeen_are_not():
    def nested(levels):
        return b"a: " + b"[" * (levels - 1) + b"]" * (levels - 1)

    parse_yaml(nested(16), "f")
    assert refused(nested(17)).problems[0].code == "too-deep"


def test_marks_know_values_keys_and_how_scalars_were_written():
    document = parse_yaml(b"model:\n  version: 1.10\n  tags: [a, b]\n", "f")
    marks = document.marks
    assert document.data == {"model": {"version": 1.1, "tags": ["a", "b"]}}
    assert marks.value(()) == (1, 1)
    assert marks.key(("model",)) == (1, 1)
    assert marks.value(("model",)) == (2, 3)
    assert marks.key(("model", "version")) == (2, 3)
    assert marks.value(("model", "version")) == (2, 12)
    assert marks.scalar(("model", "version")) == "1.10"
    assert marks.value(("model", "tags", 1)) == (3, 13)
    assert marks.key(("model", "tags", 1)) == (3, 13)
    assert marks.value(("absent",)) is None


def test_the_bytes_are_kept_and_too_many_are_refused():
    raw = b"a: 1   # kept\r\n"
    assert parse_yaml(raw, "f").raw == raw
    error = refused(b"a: " + b"x" * 300_000)
    assert error.code == error.problems[0].code == "too-large"
    assert refused(b"a: 1", limit=3).code == "too-large"


MERGE_BOMB = b"a0: &a0 {k: v}\n" + b"".join(
    b"a%d: &a%d\n  <<: [*a%d, *a%d]\n" % (i, i, i - 1, i - 1) for i in range(1, 25)
)
ALIAS_BOMB = b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (i, i, b",".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 9)
)


BOMBS = {
    "merge keys": MERGE_BOMB,
    "aliases": ALIAS_BOMB,
    "closed brackets": b"[" * 25_000 + b"]" * 25_000,
    "open brackets": b"a: " + b"[" * 10_000,
    "open braces": b"{a: " * 20_000,
    "complex keys": b"? " * 100_000,
    "dashes": b"- " * 100_000,
    "many items": b"- a\n" * 60_000,
    "many escapes": b'a: "' + b"\\n" * 120_000 + b'"',
    "one comment": b"#" * 250_000,
    "many problems": b"a: off\n" * 30_000,
    "number-like": b"".join(b"- 0" + b"_1" * 190 + b":\n" for _ in range(500)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_fails_fast(name):
    started = time.perf_counter()
    with contextlib.suppress(EdgeEnvError):
        parse_yaml(BOMBS[name], "f")
    assert time.perf_counter() - started < 10  # a tenth of it here; the merge keys take a minute elsewhere


@pytest.mark.parametrize("name", ["merge keys", "aliases", "closed brackets", "open braces", "many problems"])
def test_a_bomb_fails_small(name):
    tracemalloc.start()
    try:
        refused(BOMBS[name])
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_importing_documents_imports_no_yaml():
    program = "import sys, edgeenv.documents; sys.exit('yaml' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def unambiguous(number):
    text = repr(number)
    return "e" not in text or ("." in text and ("e+" in text or "e-" in text))


texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufffe\uffff"), max_size=30
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False).filter(unambiguous)
    | texts
    | st.text("\n\r\t\0\x01\"\\/' #:-", max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(texts, values, max_size=5))
def test_canonical_json_is_yaml_with_the_same_meaning(value):
    assert parse_yaml(canonical_json(value), "f").data == value


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=60)
    | st.text("ab:-?[]{},&*!|>'\"%@`#<= \n\t\\0123.eE_~ynUx", max_size=60).map(str.encode)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_arbitrary_bytes_give_an_object_or_one_error(raw):
    document, error = None, None
    try:
        document = parse_yaml(raw, "f")
    except EdgeEnvError as caught:
        error = caught
    if error is None:
        assert isinstance(document.data, dict)
        canonical_json(document.data)
    else:
        assert error.problems
        assert error.code in {"invalid-yaml", "not-a-mapping"}
