"""The operators of a rule: what each treats as equal, what it cannot read, and what cannot lead it astray."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeenv.policy.matchers import (
    UNREADABLE,
    Exact,
    ListItems,
    NumberWithin,
    Text,
    VersionPrefix,
    glob_matches,
    typed,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (False, 0, False),
        ("1", 1, False),
        ([1, True], [True, 1], False),
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": True}, {"a": 1}, False),
        ([1, 3, 640, 640], (1, 3, 640, 640), True),
        ([1, 3], [3, 1], False),
        ([], {}, False),
        (None, False, False),
        (10**400, 10**400, True),
    ],
)
def test_exact_is_equality_of_typed_json(left, right, equal):
    assert (Exact().canonical(left) == Exact().canonical(right)) is equal


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [math.nan], {"a": [math.inf]}, object()])
def test_what_is_no_json_value_cannot_be_read(value):
    assert Exact().canonical(value) is UNREADABLE


@given(JSON)
def test_a_value_is_itself(value):
    assert typed(value) == typed(value)
    assert hash(typed(value)) == hash(typed(value))


PRECISION = (("fp16", ("float16", "half")), ("fp32", ("float32", "single")), ("board", ("*orin nano*",)))


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("fp16", "half", True),
        ("FLOAT16", "fp16", True),
        ("float32", "fp16", False),
        ("bf16", "BF16", True),
        ("Jetson Orin Nano 8GB", "orin nano super", True),
        ("board", "the orin nano", True),
        ("orin nx", "orin nano", False),
    ],
)
def test_text_folds_case_and_spellings(left, right, equal):
    text = Text(ignore_case=True, vocabulary="precision", groups=PRECISION)
    assert (text.canonical(left) == text.canonical(right)) is equal


def test_text_keeps_case_unless_told():
    assert Text().canonical("CPU") != Text().canonical("cpu")
    assert Text(groups=PRECISION).canonical("HALF") == ("text", "HALF")


def test_a_value_spelled_like_a_group_is_not_confused_with_the_group():
    text = Text(groups=(("a", ("x",)),))
    assert text.canonical("x") == text.canonical("a")
    assert text.canonical("group") == ("text", "group")


@pytest.mark.parametrize("value", [1, True, 1.5, ["fp16"], {"a": 1}])
def test_text_reads_text_only(value):
    assert Text().canonical(value) is UNREADABLE


def test_lists_in_order_and_as_sets():
    assert ListItems().canonical(["a", "b"]) != ListItems().canonical(["b", "a"])
    assert ListItems(ignore_order=True).canonical(["a", "b", "a"]) == ListItems(ignore_order=True).canonical(
        ["b", "a"]
    )
    assert ListItems(ignore_order=True).canonical([1]) != ListItems(ignore_order=True).canonical([True])
    assert ListItems().canonical("ab") is UNREADABLE
    assert ListItems().canonical([math.nan]) is UNREADABLE


@pytest.mark.parametrize(
    ("left", "right", "parts", "equal"),
    [
        ("1.17.0", "1.17.1+cu118", 2, True),
        ("1.17.0", "1.17.1+cu118", 3, False),
        ("1.17", "1.17.0", 3, True),
        ("R35 (release), REVISION: 4.1", "R35.4.1", 1, True),
        ("jetpack-6", "6.0", 2, True),
        ("v008.2", "8.2", 2, True),
        ("9" * 5000, "9" * 4999, 1, False),
    ],
)
def test_versions_agree_on_their_first_parts(left, right, parts, equal):
    version = VersionPrefix(parts)
    assert (version.canonical(left) == version.canonical(right)) is equal


@pytest.mark.parametrize("value", ["none", "", 1.17, None, ["1.2"], "\u0663.\u0661"])
def test_a_version_needs_a_number_in_a_text(value):
    assert VersionPrefix(2).canonical(value) is UNREADABLE


@pytest.mark.parametrize(
    ("a", "b", "absolute", "relative", "agree"),
    [
        (20.0, 24.0, 5, 0, True),
        (20.0, 25.0, 5, 0, True),
        (20.0, 25.1, 5, 0, False),
        (100.0, 110.0, 0, 0.1, True),
        (110.0, 100.0, 0, 0.1, True),
        (100.0, 112.0, 0, 0.1, False),
        (0.0, 0.0, 0, 0.1, True),
        (1e308, -1e308, 1, 0.5, False),
    ],
)
def test_tolerances_are_inclusive_and_symmetric(a, b, absolute, relative, agree):
    within = NumberWithin(absolute, relative)
    assert within.agree(a, b) is agree
    assert within.agree(b, a) is agree


@pytest.mark.parametrize("value", [True, "3", math.nan, math.inf, 10**400, None, [1]])
def test_a_tolerance_reads_finite_numbers_only(value):
    assert NumberWithin(1).canonical(value) is UNREADABLE


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*orin nano*", "jetson orin nano 8gb", True),
        ("orin*", "orin", True),
        ("orin*", "agx orin", False),
        ("?i", "pi", True),
        ("?i", "i", False),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("a*b*c", "axxbxxbc", True),
        ("a*b*c", "axxbxxb", False),
    ],
)
def test_globs_know_star_and_question_mark_and_nothing_else(pattern, text, matches):
    assert glob_matches(pattern, text) is matches


def test_a_hostile_glob_does_not_explode():
    started = time.perf_counter()
    assert not glob_matches("*a" * 40 + "b", "a" * 4000)
    assert time.perf_counter() - started < 5


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_globs_agree_with_the_standard_library(pattern, text):
    from fnmatch import fnmatchcase

    assert glob_matches(pattern, text) == fnmatchcase(text, pattern)
