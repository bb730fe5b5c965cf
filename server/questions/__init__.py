"""Questions: reports that users put together themselves, from a measure, up to two dimensions, a period and filters.

definition.py    a question as data, with its checks; kept in an address or in a database row
asking.py        the reader and the company data that measures and dimensions need, each read at most once
subjects.py      the tables whose rows are counted, and the rep and territory each row belongs to
measures.py      the figures: one small class a measure
dimensions.py    what figures are grouped and filtered by: one small class a dimension (base class: dimension.py)
mentions.py      SQL conditions on the competitors and products that a visit names
lines.py         order lines and quoted products, in SQL
pace.py          reps' progress against their quota, in SQL
statements.py    a question as a SELECT; shared_sums.py: order lines summed once for all questions of a statement
answering.py     runs the statement and turns its rows into answers
rows_behind.py   the rows that a number counts
periods.py       the days of a period

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
