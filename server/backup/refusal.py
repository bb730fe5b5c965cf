"""What a backup, a restore or a check cannot do, in a sentence for whoever sits at the server."""


class Refused(Exception):  # noqa: N818  (an answer, not a failure)
    """Nothing was changed. The message is the sentence."""
