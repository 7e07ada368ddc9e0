"""An example or two for every command, shown below its help; imported only when help is asked for.

Each is a whole command line that parses; a test holds that no command is without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

_RUN = "run-20260507-122153-0a1b2c3d"
_BENCH_RUN = "edgeenv bench run --target target.yaml --config bench.yaml"
_COMPARE = "edgeenv report compare latest~1 latest"

EXAMPLES: dict[str, tuple[str, ...]] = {
    # Groups: where to begin.
    "profile": ("edgeenv profile validate target.yaml",),
    "bench": ("edgeenv bench validate bench.yaml", _BENCH_RUN),
    "runs": ("edgeenv runs list", "edgeenv runs show latest"),
    "runs sampler": ("edgeenv runs sampler show latest",),
    "runs resources": ("edgeenv runs resources list --metric power_mean_w",),
    "failed-runs": ("edgeenv failed-runs list", "edgeenv failed-runs show latest"),
    "bundle": ("edgeenv bundle show run.zip", "edgeenv bundle verify run.zip"),
    "registry": ("edgeenv registry check",),
    "report": (_COMPARE,),
    "policy": ("edgeenv policy init policy.yaml", "edgeenv policy explain model-hash"),
    "schema": ("edgeenv schema list", "edgeenv schema show bench-config"),
    # Commands.
    "demo": ("edgeenv demo", "edgeenv demo --edgeenv-root elsewhere"),
    "init": (
        "edgeenv init",
        'edgeenv init mine --from-command "./detect --threads 2" --model yolo.onnx',
    ),
    "doctor": ("edgeenv doctor", "edgeenv doctor --noise"),
    "completion": ("edgeenv completion --install", "edgeenv completion zsh > _edgeenv"),
    "profile validate": ("edgeenv profile validate target.yaml",),
    "bench validate": ("edgeenv bench validate bench.yaml", "edgeenv bench validate benches/*.yaml --json"),
    "bench run": (_BENCH_RUN, f"{_BENCH_RUN} --dry-run"),
    "runs list": ("edgeenv runs list --limit 5", "edgeenv runs list --model yolo --since 2026-05-01 --json"),
    "runs show": ("edgeenv runs show latest", "edgeenv runs show 0a1b2c3d --json"),
    "runs sampler show": ("edgeenv runs sampler show latest",),
    "runs sampler plot": ("edgeenv runs sampler plot latest --output power.svg",),
    "runs resources list": ("edgeenv runs resources list --metric power_mean_w --max-value 10",),
    "runs cohorts": ("edgeenv runs cohorts", "edgeenv runs cohorts --policy edge --json"),
    "runs like": ("edgeenv runs like latest", "edgeenv runs like latest --policy strict"),
    "runs export": (
        "edgeenv runs export latest --output run.zip",
        "edgeenv runs export --all --output bundles",
    ),
    "runs import": ("edgeenv runs import run.zip", "edgeenv runs import bundles --json"),
    "runs verify": ("edgeenv runs verify latest", "edgeenv runs verify --all"),
    "runs delete": (f"edgeenv runs delete {_RUN}",),
    "runs restore": (f"edgeenv runs restore {_RUN}",),
    "failed-runs list": ("edgeenv failed-runs list",),
    "failed-runs show": (
        "edgeenv failed-runs show latest",
        "edgeenv failed-runs show latest --log-chars 20000",
    ),
    "failed-runs export": ("edgeenv failed-runs export latest --output failed.zip",),
    "failed-runs import": ("edgeenv failed-runs import failed.zip",),
    "failed-runs verify": ("edgeenv failed-runs verify --all",),
    "failed-runs delete": (f"edgeenv failed-runs delete {_RUN}",),
    "failed-runs restore": (f"edgeenv failed-runs restore {_RUN}",),
    "bundle show": ("edgeenv bundle show run.zip",),
    "bundle verify": (
        "edgeenv bundle verify run.zip",
        "edgeenv bundle verify run.zip --allowed-signers signers --signer lab",
    ),
    "bundle sign": ("edgeenv bundle sign run.zip --key ~/.ssh/id_ed25519",),
    "registry check": ("edgeenv registry check",),
    "registry rebuild": ("edgeenv registry rebuild",),
    "registry prune": ("edgeenv registry prune --dry-run",),
    "report compare": (_COMPARE, "edgeenv report compare A B --policy edge --require same-condition"),
    "report replay": (
        "edgeenv report replay judgement.json",
        "edgeenv report replay judgement.json a.zip b.zip",
    ),
    "report bundle-summary": ("edgeenv report bundle-summary --scenario threads:latest~1:latest -o x.md",),
    "policy list": ("edgeenv policy list",),
    "policy show": ("edgeenv policy show default", "edgeenv policy show policy.yaml --resolved"),
    "policy check": ("edgeenv policy check policy.yaml",),
    "policy test": ("edgeenv policy test", "edgeenv policy test policies --require-coverage"),
    "policy diff": ("edgeenv policy diff default strict", "edgeenv policy diff default policy.yaml --runs"),
    "policy init": ("edgeenv policy init policy.yaml",),
    "policy explain": ("edgeenv policy explain model-hash", "edgeenv policy explain precision --policy edge"),
    "schema list": ("edgeenv schema list",),
    "schema show": ("edgeenv schema show bench-config > bench-config.schema.json",),
    "schema path": ("edgeenv schema path policy",),
    "schema export": ("edgeenv schema export schemas", "edgeenv schema export schemas result policy"),
    "schema validate": (
        "edgeenv schema validate policy.yaml result.json",
        "edgeenv schema validate --schema bench-config bench.yaml",
    ),
}


def add_examples(command: click.Command, words: tuple[str, ...]) -> None:
    """Show a command's examples at the end of its help, each on a line of its own.

    Args:
        command: the command, whose help is about to be shown.
        words: the words that call it.
    """
    examples = EXAMPLES.get(" ".join(words))
    if examples:
        command.epilog = "\n".join(("\b", "Examples:", *(f"  {example}" for example in examples)))
