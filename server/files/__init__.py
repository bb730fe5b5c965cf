"""Photos and voice notes: how their bytes come, what they are found to be, and where they are kept."""
