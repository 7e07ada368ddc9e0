"""EdgeEnv inside another program: find what the newest run may be compared with, and by how much it moved.

    python examples/embedding/find_baseline.py ROOT [--policy NAME|FILE] [--bundle FILE]...

The baseline is the newest earlier run whose verdict is Yes, or a bundle from elsewhere. Exit status: 0 a
baseline was found, 3 none, 1 something cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import edgeenv

if TYPE_CHECKING:
    from collections.abc import Iterator

Named = tuple[str, "edgeenv.StoredRun | edgeenv.BundleReport"]


def main() -> int:
    """Parse the command line, look for a baseline, and say what was found."""
    parser = argparse.ArgumentParser(description="Find the baseline of the newest run.")
    parser.add_argument("root")
    parser.add_argument("--policy", default="default")
    parser.add_argument("--bundle", action="append", default=[], metavar="FILE")
    asked = parser.parse_args()
    try:
        policy = edgeenv.load_policy(asked.policy)
        registry = edgeenv.Registry(asked.root)
        newest = registry.run("latest")
        found = baseline(policy, newest, [*bundled(asked.bundle), *earlier(registry)])
    except edgeenv.EdgeEnvError as error:
        for problem in error.problems:
            print(problem.render(), file=sys.stderr)
        print(f"{error.message}\n{error.hint or ''}".rstrip(), file=sys.stderr)
        return 1
    return 0 if found else 3


def bundled(files: list[str]) -> Iterator[Named]:
    """The bundles that hold; of one that does not, what is wrong is told and it is passed over."""
    for file in files:
        report = edgeenv.verify_bundle(file)
        if report.failures:
            print(f"{file}: {report.failures[0].texts[0]}", file=sys.stderr)
        else:
            yield file, report


def earlier(registry: edgeenv.Registry) -> Iterator[Named]:
    """Every run before the newest, the newer first."""
    for row in registry.runs()[1:]:
        yield row.run_id, registry.run(row.run_id)


def baseline(policy: edgeenv.Policy, newest: edgeenv.StoredRun, candidates: list[Named]) -> bool:
    """Print the first that the newest run may be compared with; else what stands between them."""
    for name, run in candidates:
        judgement = edgeenv.judge(policy, run, newest)
        if judgement.verdict is edgeenv.Verdict.COMPARABLE:
            print(f"baseline: {name}")
            for delta in judgement.deltas:
                percent = "n/a" if delta.percent is None else f"{delta.percent:+.1f} %"
                print(f"  {delta.metric}: {delta.a} -> {delta.b} {delta.unit} ({percent})")
            return True
        print(f"{name}: {judgement.verdict.display}: {'; '.join(judgement.reasons)}")
    print(f"no baseline under {policy.identity.name} {policy.identity.version}")
    return False


if __name__ == "__main__":
    sys.exit(main())
