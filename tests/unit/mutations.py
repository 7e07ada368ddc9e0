"""Valid documents made strange: their bytes, or one value of them, as a property test draws it."""

from __future__ import annotations

import copy

from hypothesis import strategies as st

HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(
        ["", "..", "../../etc/passwd", "\x1b[2J", "\u202e", "a" * 5000, 2**63, -1, 1e308, "run-x"]
    ),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)

# Pieces that mean something to a parser of YAML or JSON, or that cost it much.
PIECES = (
    *(b"&a ", b"*a", b"<<: *a\n", b"!!python/object/apply:os.system [id] ", b"!!binary ", b"---\n", b"...\n"),
    *(b"%YAML 9.9\n", b"? ", b"- ", b": ", b"#", b"|\n", b">\n", b"'", b'"', b"\\", b"\t", b"\r", b"\0"),
    *(b"{", b"[", b"}", b"]", b",", b'{"a":', b'"\\ud800"', b"1e999", b"NaN", b".inf", b"~", b"on", b"0x1F"),
    *(b"[" * 3000, b"{a: " * 1000, b"- " * 2000, b"9" * 6000, b"x" * 40_000, b"\xff\xfe", b"\xef\xbb\xbf"),
    *("\u2028".encode(), "\u202e".encode(), b"\x1b[2J", b"a: &a [*a, *a]\n", b"../../../../etc/passwd"),
)


def places(value, path=()):
    """The path of every value in a document."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inner:
        yield from places(member, (*path, key))


def edited(draw, document):
    """The document with one value replaced, removed or added somewhere."""
    document = copy.deepcopy(document)
    path = draw(st.sampled_from(list(places(document))))
    if not path:
        return draw(HOSTILE)
    *parents, last = path
    place = document
    for part in parents:
        place = place[part]
    action = draw(st.sampled_from(["replace", "remove", "add"]))
    if action == "remove":
        del place[last]
    elif action == "add" and isinstance(place, dict):
        place[draw(st.text(max_size=8))] = draw(HOSTILE)
    else:
        place[last] = draw(HOSTILE)
    return document


def scrambled(draw, content):
    """The bytes with pieces put in, taken out, repeated or replaced."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        length = draw(st.sampled_from([0, 0, 1, 4, 40, len(content)]))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=8) | st.just(bytes(content[at : at + 60])))
        content[at : at + length] = piece
    return bytes(content)
