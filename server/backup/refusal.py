"""Why a backup, a restore or a check cannot be done."""


class Refused(Exception):  # noqa: N818  (an answer, not a failure)
    """Nothing was changed. The message is a sentence for whoever runs the server."""
