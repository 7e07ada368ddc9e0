"""What to do about each thing that an inspection may find."""

from __future__ import annotations

_GET_BACK = "get the run back from a bundle or a backup; until then do not rely on it"
_NOT_ONE_STORY = (
    "its files do not tell one story, so do not rely on it; get it back from a bundle or a backup"
)
_ANEW = "make the index anew from the evidence: edgeenv registry rebuild"

ADVICE = {
    "file-missing": _GET_BACK,
    "file-altered": _GET_BACK,
    "file-unexpected": "move the file out of the run's directory, which nothing is ever added to",
    "file-not-regular": f"remove what lies in the file's place, and {_GET_BACK}",
    "file-unreadable": "look at its permissions and at the disk, then verify again",
    "manifest-missing": _GET_BACK,
    "manifest-invalid": _GET_BACK,
    "manifest-absent": "nothing is wrong, and nothing can be proven: it was recorded by a release that "
    "stored no manifest; exported and imported elsewhere, it has one from then on",
    "kind-differs": _NOT_ONE_STORY,
    "run-id-differs": _NOT_ONE_STORY,
    "schema-differs": _NOT_ONE_STORY,
    "time-differs": _NOT_ONE_STORY,
    "contradicts-config": _NOT_ONE_STORY,
    "contradicts-target": _NOT_ONE_STORY,
    "contradicts-env": _NOT_ONE_STORY,
    "contradicts-logs": _NOT_ONE_STORY,
    "result-invalid": f"see what is expected: edgeenv schema show result; {_GET_BACK}",
    "failure-invalid": f"see what is expected: edgeenv schema show failed-run; {_GET_BACK}",
    "config-invalid": f"see what is expected: edgeenv schema show bench-config; {_GET_BACK}",
    "target-invalid": f"see what is expected: edgeenv schema show target-profile; {_GET_BACK}",
    "env-invalid": f"see what is expected: edgeenv schema show result; {_GET_BACK}",
    "run-missing": "get its directory back from a bundle, a backup or the trash (edgeenv runs restore), or "
    "forget it: edgeenv registry rebuild",
    "run-not-a-directory": "put the directory itself in place of the link or file, or remove that",
    "id-twice": "one of the two was put there by hand; compare them, and move that one away",
    "digest-differs": "evidence and manifest were changed together after the run was indexed: get the run "
    "back from a bundle or a backup; only if you know the change, take it over: edgeenv registry rebuild",
    "row-missing": _ANEW,
    "row-differs": f"the index was edited, the evidence was not; {_ANEW}",
    "row-foreign": _ANEW,
    "origin-differs": "it is not what was imported: import the bundle again into another root and compare",
    "origin-invalid": "the run is not touched by that; remove the file if nobody knows it",
    "index-missing": "the next command that lists runs makes it anew, as does: edgeenv registry rebuild",
    "index-damaged": _ANEW,
    "index-newer": "use a newer release (python -m pip install --upgrade edgeenv), or set it aside: "
    "edgeenv registry rebuild",
    "index-foreign": "the evidence is readable without it; set it aside: edgeenv registry rebuild",
    "index-unreadable": "look at its permissions and at the disk, then verify again",
    "stray-entry": "EdgeEnv leaves it alone; move it elsewhere if it is yours",
    "interrupted": "the next command that opens the root tidies it, as does: edgeenv registry prune",
}
"""By the code of the defect."""
