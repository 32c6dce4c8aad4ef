"""A chunk off the wire: our codec against reading to dictionaries, and against another format."""

import io
from typing import Final

import fastavro
import msgspec

from bench.material import calls
from bench.registry import Benchmark
from bench.result import BenchError, Findings
from bench.timing import Contender, Effort, compare, each
from schemas.catalogue import avro_schema
from schemas.codec import decode, encode
from schemas.records import Chunk


def measure(effort: Effort) -> Findings:
    """Compare decoding to typed, checked records with its lower bounds."""
    chunks = calls(effort.seed).chunks
    schema = avro_schema(Chunk)
    avro = [encode(chunk) for chunk in chunks]
    bodies = []
    for chunk in chunks:
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, msgspec.to_builtins(chunk, builtin_types=(bytes,)))
        bodies.append(out.getvalue())
    packed = [msgspec.msgpack.encode(chunk) for chunk in chunks]
    reader = msgspec.msgpack.Decoder(Chunk)
    if [decode(value, Chunk) for value in avro] != [reader.decode(value) for value in packed]:
        raise BenchError("a chunk comes out otherwise than it went in")

    return compare(
        "chunks",
        [
            Contender("callsieve", "schemas.codec: typed records", each(avro, lambda value: decode(value, Chunk))),
            Contender(
                "fastavro alone",
                "Avro to dictionaries, nothing checked",
                each(bodies, lambda value: fastavro.schemaless_reader(io.BytesIO(value), schema, None)),
            ),
            Contender("msgspec MessagePack", "no Avro: typed records", each(packed, reader.decode)),
        ],
        effort,
    )


BENCHMARK: Final = Benchmark(
    title="Chunks off the wire",
    about="How many records of call.chunks a CPU second decodes.",
    measure=measure,
)
