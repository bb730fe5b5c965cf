"""Reading the settings for a command; what is wrong with them is said in a sentence."""

import click
from pydantic import ValidationError

from server.config import Settings


def read_settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"LEGWORK_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise click.ClickException("\n".join(wrong)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"A file named by a LEGWORK_…_FILE cannot be read: {error}") from None
