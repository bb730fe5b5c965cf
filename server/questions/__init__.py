"""Questions of one's own about the company's figures, without code.

definition.py   what can be asked: data, checked, as an address or as a row keeps it
asking.py       who asks, when, and what the entries below need to know of the company
subjects.py     what is counted: visits, opportunities, customers, and whose each is
measures.py     what is told of them: one small class a measure
dimensions.py   by what it is split: one small class a dimension (dimension.py has what is common to all)
lines.py        the lines of an order, in SQL (together.py: added up once for all that a statement asks of them)
pace.py         how far reps have come against their quota, in SQL
answering.py    turns a definition into SQL (statements.py) and its rows into an answer (behind.py: the rows behind it)
periods.py      which days
"""
