"""Finding runs: an SQLite index that may be deleted at any time, and references that people type."""
