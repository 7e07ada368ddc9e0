"""Bundle summaries made by hand, for tests of what their pages say."""

from __future__ import annotations

from dataclasses import replace

from report_cases import CONDITIONAL, INDETERMINATE, NO, RESOLVED, YES, A, B

from edgeenv.model.finding import Finding
from edgeenv.report.bundle_summary import BundleSummary, JudgedScenario, ListedFile, RunEvidence
from edgeenv.report.bundle_summary_scenario import Scenario
from edgeenv.report.comparison import Comparison, Side

REQUIRED = ("result.json", "config.yaml", "target.yaml", "env.json", "stdout.log", "stderr.log")
SAMPLED = ("sampler/metadata.json", "sampler/tegrastats.log")
FAKE = Side(
    "run-20260508-080000-00000001",
    f"sha256:{'e' * 64}",
    "yolo 1.0, fake-runtime (fake-provider), local-fake",
)
OLD = Side("run-20250101-080000-00000002", f"sha256:{'f' * 64}", B.description)


def files(paths=REQUIRED, **changes):
    listed = (ListedFile(path, 100, path in REQUIRED, matches=True) for path in paths)
    return tuple(replace(file, **changes.get(file.path, {})) for file in listed)


RUN_A = RunEvidence(
    A,
    files((*REQUIRED, *SAMPLED)),
    sampler_metadata=True,
    sampler_raw=1,
    has_resources=True,
    resource_source="jetson-tegrastats",
)
RUN_B = RunEvidence(B, files(), has_resources=True)
RUN_FAKE = RunEvidence(FAKE, files(), synthetic=True)
RUN_OLD = RunEvidence(
    OLD, tuple(replace(file, matches=None) for file in files()), sealed=False, has_resources=True
)


def judged(label, comparison, a=RUN_A, b=RUN_B, expected=None):
    sides = Comparison(comparison.judgement, a.side, b.side, RESOLVED)
    return JudgedScenario(Scenario(label, a.run_id, b.run_id, expected), sides, a, b)


HANDOFF = BundleSummary(
    scenarios=(
        judged("same condition: again", YES, expected="same-condition"),
        judged("cpu against cuda", CONDITIONAL, expected="runtime-comparison"),
        judged("measured against made up", NO, RUN_B, RUN_FAKE, expected="conditional"),
        judged("no model hash", INDETERMINATE),
    ),
    edgeenv_version="0.1.0",
    source_device="Jetson Orin Nano, lab 2",
    notes=("Fan at full speed | door closed",),
)
PLAIN = BundleSummary((judged("again", NO),), "0.1.0")
ALTERED = BundleSummary(
    scenarios=(
        judged(
            "again",
            NO,
            replace(
                RUN_B,
                files=files(
                    **{
                        "stdout.log": {"matches": False},
                        "stderr.log": {"matches": False, "present": False},
                    }
                ),
                altered=(
                    Finding(
                        "file-altered",
                        "stdout.log: has 3 bytes, the manifest says 100",
                        (("path", "stdout.log"),),
                    ),
                    Finding("file-missing", "stderr.log: is missing", (("path", "stderr.log"),)),
                ),
            ),
            RUN_OLD,
        ),
    ),
    edgeenv_version="0.1.0",
    altered_allowed=True,
)
ALL_SUMMARIES = {"handoff": HANDOFF, "plain": PLAIN, "altered": ALTERED}
