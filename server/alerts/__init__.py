"""What leaders want to be told of without looking.

kinds.py        what can be set: one small class a kind
watching.py     looks at all that are set with one statement, and notes since when each is so
"""
