"""EdgeEnv: record Edge AI benchmark runs as evidence, and judge whether two may be compared.

The public names below are loaded on first use, so that importing the package costs next to nothing.
"""

__version__ = "0.1.0"

# What type checkers read; `typing` itself would cost more than everything else here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from edgeenv.api import judge, load_policy, validate, verify_bundle
    from edgeenv.emit import emit, measure
    from edgeenv.errors import EdgeEnvError, Problem
    from edgeenv.evidence.bundle.inspection import BundleReport
    from edgeenv.evidence.store import StoredRun
    from edgeenv.model.facts import Facts
    from edgeenv.model.judgement import Judgement, Verdict
    from edgeenv.policy.rules import Policy
    from edgeenv.registry.registry import Registry
    from edgeenv.registry.rows import RunQuery, RunRow

__all__ = [
    "BundleReport",
    "EdgeEnvError",
    "Facts",
    "Judgement",
    "Policy",
    "Problem",
    "Registry",
    "RunQuery",
    "RunRow",
    "StoredRun",
    "Verdict",
    "__version__",
    "emit",
    "judge",
    "load_policy",
    "measure",
    "validate",
    "verify_bundle",
]

# Public name to the module that defines it under the same name. ``emit`` names its module too, which can be
# called: both meanings are one object in whatever order they are imported.
_PLACES = {
    "BundleReport": "edgeenv.evidence.bundle.inspection",
    "EdgeEnvError": "edgeenv.errors",
    "Facts": "edgeenv.model.facts",
    "Judgement": "edgeenv.model.judgement",
    "Policy": "edgeenv.policy.rules",
    "Problem": "edgeenv.errors",
    "Registry": "edgeenv.registry.registry",
    "RunQuery": "edgeenv.registry.rows",
    "RunRow": "edgeenv.registry.rows",
    "StoredRun": "edgeenv.evidence.store",
    "Verdict": "edgeenv.model.judgement",
    "emit": "edgeenv.emit",
    "judge": "edgeenv.api",
    "load_policy": "edgeenv.api",
    "measure": "edgeenv.emit",
    "validate": "edgeenv.api",
    "verify_bundle": "edgeenv.api",
}


if not TYPE_CHECKING:  # a checker would take any name for a public one

    def __getattr__(name: str) -> object:
        place = _PLACES.get(name)
        if place is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=__name__)
        from importlib import import_module

        module = import_module(place)
        value = module if place == f"{__name__}.{name}" else getattr(module, name)
        globals()[name] = value  # asked for once
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
