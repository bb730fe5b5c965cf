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

An example: `?measure=visits&by=rep&period=week`, asked by a manager. The measure brings the subject (visits), what
makes a row count (not withdrawn, not corrected) and the figure (`count(*)`); the dimension brings the key; the period
brings the days; the reader brings what may be seen:

    SELECT 0 AS number, 0 AS is_total, visits.author_id AS key_1, '' AS key_2, '' AS in_currency,
           count(*) AS figure_0, NULL AS figure_1, NULL AS figure_2, NULL AS figure_3
    FROM visits JOIN customers ON customers.id = visits.customer_id
    WHERE customers.deleted_at IS NULL AND (… owned, shared, or of the territory)
      AND visits.withdrawn_at IS NULL AND visits.corrected_by IS NULL AND visits.kind = 'visit'
      AND visits.started_at >= :monday AND visits.started_at < :tomorrow
    GROUP BY key_1 ORDER BY figure_0 DESC LIMIT 20001

The columns are the same whatever is asked: all questions pinned to Team are one statement, their SELECTs put together
by UNION ALL and told apart by `number`. Where a total is not the sum of its groups (a customer whom two reps have met
is one customer) the question is asked a second time without groups (`is_total`).
"""
