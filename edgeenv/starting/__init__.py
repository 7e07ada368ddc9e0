"""The first files of a user: a bench config, a target profile and a script, made from what is known."""
