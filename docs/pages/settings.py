"""The settings, from the class that reads them."""

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from pages.markdown import cell, code, table
from streams.settings import Settings


def page() -> str:
    """Make the page."""
    prefix = str(Settings.model_config.get("env_prefix", ""))
    rows = []
    for name, field in Settings.model_fields.items():
        given = field.default
        if isinstance(given, SecretStr):
            shown = "secret"
        elif given is PydanticUndefined or given == "":
            shown = ""
        else:
            shown = code(str(given).lower() if isinstance(given, bool) else given)
        rows.append([code(f"{prefix}{name}".upper()), shown, cell(field.description or "")])
    return "\n\n".join(
        [
            "# Settings",
            "Variables of the environment; the flags of a command win over them. A value that can't be used is told in "
            "one line, with the variable's name. Passwords and keys have no flags: flags can be read by everybody on a "
            "machine.",
            table(("variable", "default", "what it is"), rows),
        ]
    )
