"""``callsieve schema``: what stands in the topics, for programs in any language."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import typer

from streams.cli.options import Prefix, Registry, settings_of

schema = typer.Typer(
    help="Print the Avro schemas of records, and register them.\n\n"
    "A record in a topic is two bytes C3 01, eight bytes of schema fingerprint (CRC-64-AVRO, little-endian) and the "
    "Avro body (single-object encoding); where a schema registry is set, it is a zero byte, four bytes of schema id "
    "(big-endian) and the Avro body (Confluent's frame).",
    no_args_is_help=True,
)

NAMES: Final = ("frame_batch", "chunk", "features", "verdict", "list_entry", "outcome")


def _printer(name: str) -> Callable[[], None]:
    def show() -> None:
        from schemas.catalogue import SCHEMA_NAMES, plain_schema

        types = {short: record_type for record_type, short in SCHEMA_NAMES.items()}
        typer.echo(json.dumps(plain_schema(types[name]), indent=2))

    return show


for _name in NAMES:
    schema.command(_name, help=f"Print the schema of the record {_name}, its named types inside it.")(_printer(_name))


@schema.command("register")
def register(registry: Registry = None, prefix: Prefix = None) -> None:
    """Register today's schemas in the registry, a subject a topic (NAME-value); safe to run again.

    To be run with each new version of callsieve, before its workers: they only look up. A schema that does not read
    what was written before is refused by the registry (compatibility BACKWARD_TRANSITIVE).
    """
    from streams.registry import open_registry
    from streams.settings import SettingsError

    opened = open_registry(settings_of(schema_registry=registry, prefix=prefix))
    if opened is None:
        raise SettingsError("no registry is set: give --registry, or CALLSIEVE_SCHEMA_REGISTRY")
    for subject, schema_id in opened.register().items():
        typer.echo(f"{schema_id:6} {subject}")


@schema.command("freeze", hidden=True)
def freeze() -> None:
    """For developers, in a checkout: commit changed schemas as their next version, in schemas/history."""
    import schemas
    from schemas.catalogue import SCHEMA_NAMES
    from schemas.history import freeze as frozen

    folder = Path(schemas.__path__[0]) / "history"
    made = [path for record_type in SCHEMA_NAMES if (path := frozen(record_type, folder)) is not None]
    typer.echo("\n".join(f"made {path}" for path in made) if made else "no schema has changed")
