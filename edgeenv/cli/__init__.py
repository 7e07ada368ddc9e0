"""The command line: arguments in, text or JSON out. The only package that knows click."""
