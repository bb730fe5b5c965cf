"""What customers are worth and when they order again (value.py); which products slow down, and where they sell
(products.py)."""
