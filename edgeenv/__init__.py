"""EdgeEnv: record Edge AI benchmark runs as evidence, and judge whether two may be compared."""

__version__ = "0.1.0"

__all__ = ["__version__", "emit", "measure"]

TYPE_CHECKING = False  # importing typing would cost more than all the rest
if TYPE_CHECKING:
    from edgeenv.emit import emit, measure
else:
    # The module of each public name, imported when the name is first used. ``emit`` names its module too,
    # which can be called: both meanings are one object in whatever order they are imported.
    _PUBLIC = {"emit": "edgeenv.emit", "measure": "edgeenv.emit"}

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used."""
        if name not in _PUBLIC:
            raise AttributeError(f"module 'edgeenv' has no attribute {name!r}")
        from importlib import import_module

        module = import_module(_PUBLIC[name])
        value = module if module.__name__ == f"edgeenv.{name}" else getattr(module, name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_PUBLIC})
