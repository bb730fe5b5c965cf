"""Customers in and out as spreadsheets: reading, guessing columns, checking, writing, exporting."""
