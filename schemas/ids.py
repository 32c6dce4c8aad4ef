"""Identifiers as functions of what they name, so that repeats of a record carry equal ids."""

from hashlib import blake2b

from aiokafka.partitioner import murmur2


def _hash(*parts: object) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        text = str(part).encode("utf-8", "surrogateescape")
        digest.update(len(text).to_bytes(4, "little"))  # so that ("ab", "c") and ("a", "bc") differ
        digest.update(text)
    return digest.hexdigest()


def call_id_of_sip(sip_call_id: str, from_tag: str) -> str:
    """Id of a call known by SIP: 128-bit hash of (Call-ID, From tag), hex."""
    return _hash("sip", sip_call_id, from_tag)


def call_id_of_flow(source: str, destination: str, ssrc: int, first_second: int) -> str:
    """Id of a call without SIP: its flow ("address:port" each), SSRC and first capture second."""
    return _hash("flow", source, destination, ssrc, first_second)


def stream_id(call_id: str, direction: str, ssrc: int, tap_id: str, tap_epoch: int, anchor: int) -> str:
    """Id of one RTP flow of a call in one direction, as one run of one tap saw it."""
    return _hash("stream", call_id, direction, ssrc, tap_id, tap_epoch, anchor)


def verdict_id(stream: str, chunk: int, scope: str, cause: str, evidence_id: str) -> str:
    """Id of a verdict: a function of its own evidence, not of order or time."""
    return _hash("verdict", stream, chunk, scope, cause, evidence_id)


def list_key(kind: str, scope: str, value: str) -> str:
    """Key of a list entry in ``list.entries``."""
    return f"{kind}:{scope}:{value}"


def partition_of(call_id: str, partitions: int) -> int:
    """Partition of a call: Kafka's default partitioner, murmur2 of the call-id.

    Raises
    ------
    ValueError
        If there are no partitions.
    """
    if partitions < 1:
        raise ValueError(f"a topic has at least one partition, not {partitions}")
    return int((murmur2(call_id.encode()) & 0x7FFFFFFF) % partitions)
