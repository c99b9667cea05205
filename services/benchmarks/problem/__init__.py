"""The year-long shift rostering problem: facts, arrays, objective and the independent checker."""
