"""A judgement held against its recomputation: every change is told, and nothing else is."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from policy_cases import documents, policy, rule, runs
from report_cases import ALL, NO, YES

from edgeenv import schema
from edgeenv.documents import parse_json, pretty_json
from edgeenv.errors import EdgeEnvError
from edgeenv.policy.document import digest_of, judging_members, load_policy, load_resolved, policy_of_members
from edgeenv.policy.judge import judge
from edgeenv.report.comparison import judgement_document
from edgeenv.report.judgement_id import id_of
from edgeenv.report.replay import Absence, Anew, replay, replay_document, replay_lines, same_value

DOCUMENT = judgement_document(NO)


def anew(document=DOCUMENT, absent=()):
    judgement = None if absent else document
    return Anew(document["policy"], document["engine"], judgement, absent)


def changed(change):
    """The codes that a change of the recorded document leads to."""
    recorded = copy.deepcopy(DOCUMENT)
    change(recorded)
    assert schema.check_value("judgement", recorded, "recorded") == ()
    replayed = replay(recorded, anew())
    assert schema.check_value("replay", replay_document(replayed), "replay") == ()
    assert (replayed.outcome, replayed.status) == ("changed", 3)
    return [each.code for each in replayed.changes]


@pytest.mark.parametrize("case", ALL)
def test_a_judgement_is_the_same_as_itself_after_a_trip_through_a_file(case):
    document = judgement_document(ALL[case])
    read = parse_json(pretty_json(document).encode(), "file")
    replayed = replay(read, anew(document))
    assert (replayed.outcome, replayed.status, replayed.changes) == ("same", 0, ())
    assert replayed.id == document["id"] == ALL[case].id
    assert next(iter(replay_lines(replayed))) == "Replay: same"


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda d: d.update(id=f"sha256:{'0' * 64}"), ["id"]),
        (lambda d: d.update(verdict="comparable"), ["verdict"]),
        (lambda d: d.update(display="Yes"), ["display"]),
        (lambda d: d.update(mode="same-condition"), ["mode"]),
        (lambda d: d.update(modes=["x"]), ["modes"]),
        (lambda d: d.update(reasons=["Same model hash"]), ["reasons"]),
        (lambda d: d.update(notes=["x"]), ["notes"]),
        (lambda d: d.update(unjudged=[]), ["unjudged"]),
        (lambda d: d.update(advisories=[{"code": "x", "text": "x", "operands": {}}]), ["advisories"]),
        (lambda d: d.update(deltas=judgement_document(YES)["deltas"]), ["deltas"]),
        (lambda d: d["rules"][0].update(outcome="same"), ["rule"]),
        (lambda d: d["rules"][0].update(reason="Other"), ["rule"]),
        (lambda d: d["rules"].pop(), ["rule"]),
        (lambda d: d["rules"].reverse(), ["rules"]),
        (lambda d: d.update(engine="edgeenv-rules/0"), ["id", "engine"]),
        (lambda d: d["policy"].update(digest=f"sha256:{'0' * 64}"), ["id", "policy-digest"]),
        (lambda d: d["policy"].update(name="other"), ["id", "policy"]),
        (
            lambda d: d["runs"]["a"].update(evidence_digest=f"sha256:{'0' * 64}"),
            ["id", "evidence-digest"],
        ),
        (lambda d: d["runs"]["b"].update(sealed=False), ["id", "evidence-sealed"]),
        (
            lambda d: d["runs"]["b"].update(altered=[{"code": "x", "text": "x", "operands": {}}]),
            ["id", "evidence-altered"],
        ),
    ],
)
def test_every_change_of_the_document_is_told(change, codes):
    assert changed(change) == codes


def test_an_id_that_is_made_anew_hides_no_forged_answer():
    def forge(document):
        document["verdict"] = "comparable"
        document["runs"]["a"]["evidence_digest"] = f"sha256:{'0' * 64}"
        document["id"] = id_of(document)

    assert changed(forge) == ["evidence-digest", "verdict"]


def test_absent_evidence_is_undecided_unless_something_was_shown_to_differ():
    absent = (Absence("b", NO.b.run_id, "Run not found"),)
    replayed = replay(DOCUMENT, anew(absent=absent))
    assert (replayed.outcome, replayed.status, replayed.id) == ("undecided", 5, None)
    assert schema.check_value("replay", replay_document(replayed), "replay") == ()
    forged = {**DOCUMENT, "id": f"sha256:{'0' * 64}"}
    assert replay(forged, anew(absent=absent)).status == 3


def test_a_replay_reads_well_in_80_columns(txt_snapshot):
    recorded = copy.deepcopy(DOCUMENT)
    recorded.update(verdict="comparable", display="Yes", mode="same-condition", notes=["x"])
    recorded["reasons"] = ["Same model hash", "Same input shape", "Same precision", "Same task"]
    recorded["rules"][0]["outcome"] = "same"
    recorded["runs"]["b"]["evidence_digest"] = f"sha256:{'0' * 64}"
    lines = list(replay_lines(replay(recorded, anew())))
    assert "\n".join(lines) + "\n" == txt_snapshot
    absent = (Absence("b", NO.b.run_id, f"Run not found: {NO.b.run_id}"),)
    assert f"- run b: Run not found: {NO.b.run_id}" in list(
        replay_lines(replay(DOCUMENT, anew(absent=absent)))
    )


def test_values_are_compared_as_json():
    assert same_value({"a": [1, 2.0]}, {"a": [1.0, 2]})
    for a, b in ((True, 1), (None, False), ([1], [1, 2]), ({"a": None}, {}), ("1", 1)):
        assert not same_value(a, b)


# The policy that a judgement carries.


@pytest.mark.parametrize("name", ["default", "edge", "strict"])
def test_a_carried_policy_is_the_policy(name):
    members = judging_members(load_resolved(name)["policy"])
    loaded = load_policy(name)
    assert digest_of(members) == loaded.identity.digest
    again = policy_of_members(
        json.loads(pretty_json(members)), "it", loaded.identity.chain[:-1], loaded.identity.weakened
    )
    bare = tuple(each._replace(why=None, origin=None) for each in loaded.rules)
    assert again == loaded._replace(description=None, rules=bare)


WHOLE = {"schema_version": "edgeenv.policy.v1", "name": "test", "version": "1.0.0"}


@given(documents(), runs(), runs())
def test_a_carried_policy_judges_as_the_policy_did(document, a, b):
    document = {**WHOLE, **document}
    members = parse_json(pretty_json(judging_members(document)).encode(), "file")
    rules = policy(document)
    again = policy_of_members(members, "it", (), ())
    assert again.identity.digest == digest_of(document) == digest_of(members)
    assert judge(again, a, b)._replace(policy=rules.identity) == judge(rules, a, b)


def test_equal_digests_give_equal_bytes():
    one = {**WHOLE, "rules": {"a": rule("x.a", match={"number": {"abs": 1, "rel": 0.5}})}}
    other = {"rules": {"a": dict(reversed([*one["rules"]["a"].items(), ("missing", "fail"), ("why", "x")]))}}
    other |= {**dict(reversed(WHOLE.items())), "modes": [], "description": "x"}
    assert digest_of(one) == digest_of(other)
    assert pretty_json(judging_members(one)) == pretty_json(judging_members(other))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"rules": {}}, "invalid-policy"),
        ({"rules": {"a": rule("x.a", "advisory")}}, "invalid-policy"),
        ({"rules": {"a": {"level": "required"}}}, "invalid-policy"),
        ({"rules": {"a": rule("x.a")}, "extends": "edgeenv:default"}, "invalid-policy"),
        ({"rules": {"a": rule("x.a")}, "aliases": {"x": {"y": ["z" * (1 << 20)]}}}, "too-large"),
    ],
)
def test_what_is_no_whole_policy_is_refused(members, code):
    with pytest.raises(EdgeEnvError) as caught:
        policy_of_members({**WHOLE, **members}, "it", (), ())
    assert caught.value.code == code


# The id.


def test_the_id_is_known_and_never_depends_on_the_answer():
    assert NO.id == DOCUMENT["id"]
    assert NO.id[:19] == "sha256:58bbeab8cd44"
    answered = {**DOCUMENT, "verdict": "comparable", "reasons": []}
    assert id_of(answered) == NO.id


def test_the_order_of_the_runs_counts():
    turned = copy.deepcopy(DOCUMENT)
    turned["runs"] = {"a": DOCUMENT["runs"]["b"], "b": DOCUMENT["runs"]["a"]}
    assert id_of(turned) != NO.id
