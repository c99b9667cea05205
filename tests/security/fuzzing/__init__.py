"""Coverage-guided search for inputs that a reader of uploads does not survive (`make fuzz`).

A target takes bytes and raises only if something is wrong: every refusal is an answer. What the search finds is kept
as a file under `tests/corpus/regressions/`, and tried by the ordinary suite from then on.
"""
