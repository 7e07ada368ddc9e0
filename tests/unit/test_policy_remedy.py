"""What would make two runs comparable: it suffices, no part of it does, and it says where to look."""

from __future__ import annotations

import copy
import json
from itertools import combinations

import pytest
from hypothesis import assume, given
from policy_cases import documents, policy, rule, run, runs

from edgeenv import resources
from edgeenv.model.facts import Facts
from edgeenv.model.judgement import Level, Verdict
from edgeenv.model.remedy import Need, Place
from edgeenv.policy.document import load_policy
from edgeenv.policy.fields import Known, known_path, named_paths
from edgeenv.policy.judge import judge
from edgeenv.policy.matchers import UNREADABLE
from edgeenv.policy.places import SOURCES, source_of
from edgeenv.policy.remedy import remedy

# Values that no run of the small world records and no guard there asks for: text, version, number, list.
FRESH = ("build 9.8.7", 12345.0, ["fresh"])


def put(document, path, value):
    *parents, last = path.split(".")
    for parent in parents:
        document = document.setdefault(parent, {})
    document[last] = value


def fresh_value(rules, path):
    reading = [r for r in rules.rules if path in r.fields and r.level in (Level.REQUIRED, Level.CONDITIONAL)]
    found = [value for value in FRESH if all(r.match.canonical(value) is not UNREADABLE for r in reading)]
    assume(found)  # no result can hold a value that one rule reads as text and another as a list
    return found[0]


def applied(rules, steps, a, b):
    """The two runs, recorded again as the steps say."""
    sides = {"A": copy.deepcopy(a.document), "B": copy.deepcopy(b.document)}
    for step in steps:
        kept = {"A": step.a, "B": step.b}
        value = fresh_value(rules, step.path)
        if len(step.record) == 1:
            (value,) = (kept[side] for side in kept if side not in step.record)
        for side in step.record:
            put(sides[side], step.path, value)
    return Facts(sides["A"]), Facts(sides["B"])


@given(documents(), runs(), runs())
def test_the_remedy_gives_yes_and_no_part_of_it_does(document, a, b):
    rules = policy(document)
    judgement = judge(rules, a, b)
    assert (judgement.remedy is None) is (judgement.verdict is Verdict.COMPARABLE)
    if judgement.remedy is None:
        assert remedy(rules, a, b).steps == ()
        return
    steps = judgement.remedy.steps
    assert steps
    assert judge(rules, *applied(rules, steps, a, b)).verdict is Verdict.COMPARABLE
    for size in range(len(steps)):
        for part in combinations(steps, size):
            assert judge(rules, *applied(rules, part, a, b)).verdict is not Verdict.COMPARABLE


@given(documents(), runs(), runs())
def test_every_step_says_why_and_whom_it_concerns(document, a, b):
    for step in remedy(policy(document), a, b).steps:
        assert step.rules
        assert step.matchers
        assert step.record in (("A",), ("B",), ("A", "B"))
        assert (step.need is Need.PRESENT) or step.record == ("B",)


GUARDED = {
    "rules": {
        "precision": rule("protocol.precision"),
        "calibration": rule("model.size_bytes", when={"precision": ["int8"]}),
    }
}


def paths(found):
    return [step.path for step in found.steps]


def test_a_guard_that_will_hold_brings_its_rule_along():
    rules = policy(GUARDED)
    a, b = run({"protocol.precision": "int8", "model.size_bytes": 1}), run({"model.size_bytes": 2})
    assert paths(remedy(rules, a, b)) == ["protocol.precision", "model.size_bytes"]
    assert paths(remedy(rules, b, a)) == ["protocol.precision"]


def test_a_guard_that_is_waived_stays_different_and_brings_nothing_along():
    a, b = run({"protocol.precision": "int8", "model.size_bytes": 1}), run({"model.size_bytes": 2})
    assert paths(remedy(policy(GUARDED), a, b, spared=("precision",))) == []


def test_a_guard_whose_value_the_baseline_lacks_takes_that_of_the_candidate():
    rules = policy(GUARDED)
    lacking = run({"model.size_bytes": 1}, without=("protocol.precision",))
    int8 = run({"protocol.precision": "int8", "model.size_bytes": 2})
    found = remedy(rules, lacking, int8)
    assert [(step.path, step.need, step.record) for step in found.steps] == [
        ("protocol.precision", Need.PRESENT, ("A",)),
        ("model.size_bytes", Need.EQUAL, ("B",)),
    ]


def test_a_guard_that_both_runs_lack_may_ask_for_more():
    a = run({"model.size_bytes": 1}, without=("protocol.precision",))
    b = run({"model.size_bytes": 2}, without=("protocol.precision",))
    found = remedy(policy(GUARDED), a, b)
    assert [(step.path, step.need, step.record) for step in found.steps] == [
        ("protocol.precision", Need.PRESENT, ("A", "B"))
    ]
    assert [(more.rule, more.guard, more.values, more.paths) for more in found.perhaps] == [
        ("calibration", "precision", ("int8",), ("model.size_bytes",))
    ]


def test_absence_that_is_allowed_on_both_sides_is_a_value_like_any_other():
    rules = policy({"rules": {"power": rule("env.power", missing="allow-both")}})
    (step,) = remedy(rules, run(), run({"env.power": "MAXN"})).steps
    assert (step.a, step.b, step.record) == (None, "MAXN", ("B",))


def test_ignored_absence_and_advisories_and_disabled_rules_ask_for_nothing():
    rules = policy(
        {
            "modes": ["mode-a"],
            "rules": {
                "hash": rule("model.model_hash"),
                "ignored": rule("env.temperature", "conditional", missing="ignore"),
                "noted": rule("protocol.task", "advisory"),
                "off": rule("protocol.precision", "disabled"),
            },
        }
    )
    other = run(
        {"protocol.task": "t", "protocol.precision": "p", "env.temperature": 3, "model.model_hash": "x"}
    )
    assert paths(remedy(rules, run(), other)) == ["model.model_hash"]


def test_a_tolerance_is_told_as_such():
    rules = policy({"rules": {"t": rule("env.temperature", match={"number": {"abs": 5}})}})
    (step,) = remedy(rules, run({"env.temperature": 20}), run({"env.temperature": 40})).steps
    assert step.matchers == ("number within 5",)


def test_a_whole_object_brings_its_members_with_it():
    rules = policy({"rules": {"one": rule("env.packages.x"), "all": rule("env.packages")}})
    a, b = run({"env.packages": {"x": "1", "y": "1"}}), run({"env.packages": {"x": "2", "y": "2"}})
    assert paths(remedy(rules, a, b)) == ["env.packages"]


def test_the_default_policy_says_where_to_look():
    a = run()
    b = run({"protocol.batch_size": 4, "target.os": "macOS", "model.model_hash": None})
    found = remedy(load_policy("default"), a, b)
    assert [(step.path, step.place, step.member) for step in found.steps] == [
        ("model.model_hash", Place.MACHINE, None),
        ("protocol.batch_size", Place.BENCH_CONFIG, "batch_size"),
        ("target.os", Place.TARGET_PROFILE, "os"),
    ]
    assert [step.path for step in found.at(Place.TARGET_PROFILE)] == ["target.os"]


def test_every_field_of_a_result_has_a_place_and_every_place_a_field():
    known = {path for path, _, _ in SOURCES}
    for path in named_paths():
        parts = path.split(".")
        roots = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
        inside = any(root in known for root in roots)
        # An object whose members are listed one by one, such as `model`, needs no place of its own.
        assert inside or any(other.startswith(f"{path}.") for other in known), path
    for path in known:
        assert known_path(path) is not Known.UNKNOWN, path
    assert len(known) == len(SOURCES)


@pytest.mark.parametrize(
    ("place", "contract"),
    [(Place.BENCH_CONFIG, "bench-config"), (Place.TARGET_PROFILE, "target-profile")],
)
def test_the_member_that_sets_a_field_is_one_of_its_document(place, contract):
    members = json.loads(resources.read_text("schemas", f"{contract}.schema.json"))["properties"]
    found = {source_of(path)[1] for path in named_paths() if source_of(path)[0] is place}
    assert found - {None} <= members.keys()
    assert len(found) > 4


def test_what_no_document_sets_has_no_member():
    assert source_of("env.packages.onnxruntime") == (Place.MACHINE, None)
    assert source_of("protocol") == (Place.BENCH_CONFIG, None)
    assert source_of("execution.extra_env.OMP_NUM_THREADS") == (Place.BENCH_CONFIG, "extra_env")
    assert source_of("extensions.lab.ticket") == (Place.MEASUREMENT, None)
    assert source_of("nowhere.at.all") == (Place.MEASUREMENT, None)
