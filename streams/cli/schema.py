"""``callsieve schema``: what stands in the topics, for programs in any language."""

import json
from typing import Annotated

import typer


def schema(
    name: Annotated[
        str, typer.Argument(help="frame_batch, chunk, features, verdict, list_entry or outcome")
    ] = "verdict",
) -> None:
    """Print the whole Avro schema of a record, all its named types inside it.

    A record in a topic is two bytes C3 01, eight bytes of schema fingerprint (CRC-64-AVRO, little-endian), and the Avro
    body: Avro's single-object encoding.
    """
    from schemas.catalogue import SCHEMA_NAMES, plain_schema

    types = {short: record_type for record_type, short in SCHEMA_NAMES.items()}
    if name not in types:
        raise typer.BadParameter(f"one of {', '.join(types)}", param_hint="NAME")
    typer.echo(json.dumps(plain_schema(types[name]), indent=2))
