"""One run as one zip: written byte for byte the same each time, and read as if its sender were hostile.

Both directions share the zip records (`records`), the grammar of names (`names`) and the limits (`limits`),
and what was written is read before it is handed out: what is exported can be imported. Zip files are read and
written here without ``zipfile``, which accepts hidden, overlapping and contradicting entries, and cannot take
back an entry that turns out to be better stored.
"""
