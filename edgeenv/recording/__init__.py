"""One benchmark, from two validated documents to stored evidence and a row in the index."""

from __future__ import annotations

from edgeenv.recording.recorder import record
from edgeenv.recording.request import Recorded, RecordRequest

__all__ = ["RecordRequest", "Recorded", "record"]
