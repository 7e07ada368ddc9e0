"""Strict JSON: refused wherever two readers of the same bytes could see different values."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeenv.documents import canonical_json, load, load_json, parse_json, pretty_json
from edgeenv.documents.json_reader import read_json
from edgeenv.documents.json_scanner import scan
from edgeenv.errors import EdgeEnvError


def refused(raw, **options):
    with pytest.raises(EdgeEnvError) as caught:
        parse_json(raw if isinstance(raw, bytes) else raw.encode(), "r.json", **options)
    return caught.value


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ('{"a": 1,\n "a": 2}', "duplicate-key", 2, 2),
        ('{"a": {"b": 1, "\\u0062": 2}}', "duplicate-key", 1, 16),
        ("[1, NaN]", "not-finite-number", 1, 5),
        ("Infinity", "not-finite-number", 1, 1),
        ('{"a": -Infinity}', "not-finite-number", 1, 7),
        ("[1e999]", "not-finite-number", 1, 2),
        ("[-1.5e400]", "not-finite-number", 1, 2),
        ("[12345678901234567890]", "huge-integer", 1, 2),
        ("[-12345678901234567890]", "huge-integer", 1, 2),
        ('{"a": "\\ud800"}', "lone-surrogate", 1, 7),
        ('{"\\udc00": 1}', "lone-surrogate", 1, 2),
        ('["x\\ud83d y"]', "lone-surrogate", 1, 2),
        ("[" * 100_000, "too-deep", 1, 33),
        ("[" * 33 + "]" * 33, "too-deep", 1, 33),
        ('{"a":' * 33 + "1" + "}" * 33, "too-deep", 1, 161),
        ("", "json-syntax", 1, 1),
        ("  \n ", "json-syntax", 2, 2),
        ("{'a': 1}", "json-syntax", 1, 2),
        ('{"a": 1,}', "json-syntax", 1, None),
        ("[1, 2,]", "json-syntax", 1, None),
        ('{"a": 1} x', "json-syntax", 1, 10),
        ('{"a": 01}', "json-syntax", 1, 8),
        ('{"a": .5}', "json-syntax", 1, 7),
        ('{"a": 0x1F}', "json-syntax", 1, 8),
        ('"tab\tinside"', "json-syntax", 1, 5),
        ('{"a"', "json-syntax", 1, 5),
        ("{a: 1}", "json-syntax", 1, 2),
        ("// comment\n{}", "json-syntax", 1, 1),
        ("True", "json-syntax", 1, 1),
    ],
)
def test_a_trap_is_refused_where_it_stands(text, code, line, column):
    error = refused(text)
    assert error.code == "invalid-json"
    first = error.problems[0]
    assert (first.code, first.line) == (code, line)
    assert column is None or first.column == column


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"\xef\xbb\xbf{}", "byte-order-mark"),
        ("{}".encode("utf-16"), "utf-16"),
        (b'{"a": 1}'.decode().encode("utf-16-le"), "utf-16"),
        (b'{"a": "\xe9"}', "not-utf8"),
        (b'{"a": "\xed\xa0\x80"}', "not-utf8"),
        (b'{"a": "b\0"}', "nul-character"),
    ],
)
def test_bytes_that_are_no_plain_utf8_are_refused(raw, code):
    assert [p.code for p in refused(raw).problems] == [code]


def test_every_problem_before_a_fault_of_syntax_is_told():
    error = refused('{"a": [NaN, NaN],\n "b": {"c": 1, "c": 2}}')
    assert [(p.code, p.path, p.line) for p in error.problems] == [
        ("not-finite-number", "$.a[0]", 1),
        ("not-finite-number", "$.a[1]", 1),
        ("duplicate-key", "$.b.c", 2),
    ]


def test_the_number_of_problems_is_bounded():
    assert len(refused("[" + "NaN," * 5000 + "1]").problems) == 100


def test_size_is_bounded_before_anything_is_parsed():
    assert refused(b"[" + b" " * 100 + b"]", limit=50).code == "too-large"
    assert refused(b"[" * 5_000_000).code == "too-large"


def test_thirty_two_levels_are_accepted():
    assert parse_json(b"[" * 32 + b"]" * 32, "f")
    assert parse_json(b'[{"a": {}}]', "f") == [{"a": {}}]


@pytest.mark.parametrize(
    "text", ['"\\ud83d\\ude00"', '"\\u00e9"', '"\u2028"', "1e3", "-0.0", "9223372036854775807"]
)
def test_what_all_readers_read_alike_is_accepted(text):
    assert parse_json(text.encode(), "f") == json.loads(text)


def test_marks_know_values_keys_and_how_numbers_were_written():
    _, marks = read_json(b'{"a": {"b": [1.10,\n true]}}', "f", 100)
    assert marks.value(()) == (1, 1)
    assert marks.key(("a", "b")) == (1, 8)
    assert marks.value(("a", "b")) == (1, 13)
    assert marks.value(("a", "b", 1)) == (2, 2)
    assert marks.scalar(("a", "b", 0)) == "1.10"
    assert marks.scalar(("a", "b", 1)) == "true"


def test_files_are_read_by_their_ending(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"a":\n 1}')
    document = load(path)
    assert document.data == load_json(path) == {"a": 1}
    assert document.source == str(path)
    assert document.marks.value(("a",)) == (2, 2)
    path.write_text("[1]")
    assert load_json(str(path)) == [1]
    with pytest.raises(EdgeEnvError, match="found a list at the top") as caught:
        load(path)
    assert caught.value.code == "not-a-mapping"
    other = tmp_path / "x.yaml"
    other.write_text("a: 1\n")
    assert load(other).data == {"a": 1}


def test_canonical_json_is_one_form():
    assert (
        canonical_json({"b": [1, 2.5, None, True], "a": "é\n"})
        == '{"a":"é\\n","b":[1,2.5,null,true]}'.encode()
    )
    assert pretty_json({"b": 1, "a": "é"}) == '{\n  "b": 1,\n  "a": "é"\n}'
    assert pretty_json({"b": 1, "a": 2}, sort_keys=True) == '{\n  "a": 2,\n  "b": 1\n}'


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, {"a": -math.inf}, "\ud800", {1, 2}, b"x", {"b": 1, 2: 3}]
)
def test_what_is_no_json_value_is_not_written(value):
    for write in (canonical_json, lambda v: pretty_json(v, sort_keys=True)):
        with pytest.raises(EdgeEnvError) as caught:
            write(value)
        assert caught.value.code == "not-a-json-value"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=120, deadline=None)
@given(values)
def test_what_is_written_is_read_back(value):
    assert parse_json(canonical_json(value), "f") == value
    assert parse_json(pretty_json(value).encode(), "f") == value


def paths(value, path=()):
    yield path, value
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield from paths(member, (*path, key))


@settings(max_examples=120, deadline=None)
@given(values)
def test_the_scanner_sees_what_the_parser_sees(value):
    text = pretty_json(value)
    found = scan(text, "f")
    assert not found.problems
    lines = text.split("\n")
    expected = dict(paths(value))
    assert set(found.places.values) == set(expected)
    for path, (line, column) in found.places.values.items():
        assert lines[line - 1][column - 1 :].startswith(json.dumps(expected[path], ensure_ascii=False)[0])


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=60)
    | st.text('{}[]:,"\\u dabcdeE+-.0123456789NaInfty\n', max_size=60).map(str.encode)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_arbitrary_bytes_give_a_value_or_one_error(raw):
    value, error = None, None
    try:
        value = parse_json(raw, "f")
    except EdgeEnvError as caught:
        error = caught
    if error is None:
        assert value == json.loads(raw)
        canonical_json(value)
    else:
        assert error.code == "invalid-json"
        assert error.problems
