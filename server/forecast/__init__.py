"""Sales forecasts: what was won, what will be won, and how far such forecasts were off in the past.

won.py          sales that were won, summed up by the database
reading.py      reads all that a forecast needs, with a fixed number of statements
tracks.py       at which stage each opportunity was at the beginning of each past month, as arrays
conversion.py   the share of opportunities at a stage that are won, and when
methods.py      methods that forecast a series from its own past
backtest.py     picks the best method by its past errors; the width of intervals
blend.py        the forecast from past sales and the one from the pipeline, as one
outlook.py      the month and the quarter of a rep, a territory or the company
days.py         working days
"""
