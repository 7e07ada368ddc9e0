"""EdgeEnv: record Edge AI benchmark runs as evidence, and judge whether two may be compared."""

__version__ = "0.1.0"
