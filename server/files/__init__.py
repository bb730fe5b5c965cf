"""Photos, voice notes and documents: how their bytes come, what they are found to be, and where they are stored."""
