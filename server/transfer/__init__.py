"""Customers and products in from spreadsheets (reading, guessing columns, checking, writing) and out as CSV or XLSX."""
