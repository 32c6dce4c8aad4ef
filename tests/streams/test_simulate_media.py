"""The RTP of simulated calls: valid, whole but for what the network took, and as loud as its kind says."""

import struct
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.signal import resample_poly

from features.g711 import decode_pcma, decode_pcmu
from features.levels import rms_dbfs, silence_code_share
from streams.rtp.event import KEYS
from streams.simulate.media import sent_packets
from streams.simulate.plan import Network
from streams.simulate.planning import plan_calls
from streams.simulate.signalling import media_address
from streams.simulate.sound import caller_sound
from streams.simulate.stream import call_packets

PERFECT = Network()


@dataclass
class Rtp:
    at_us: int
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def planned(kind, *, seed=1, nth=0, **changes):
    """The nth call of a kind, with a network that does nothing unless told otherwise."""
    plan = plan_calls(seed, nth + 1, mix={kind: 1})
    call = sorted(plan.calls, key=lambda call: call.start_us)[nth]
    return replace(call, **{"network": PERFECT, "packet_ms": 20, "packets": call.lasting_us // 20_000, **changes})


def rtp_of(call, side="caller", seed=1):
    host, port = media_address(call, side)
    found = []
    for packet in call_packets(seed, call):
        if packet.source != f"{host}:{port}":
            continue
        first, second, sequence, timestamp, ssrc = struct.unpack("!BBHII", packet.payload[:12])
        assert first == 0x80  # version 2, no padding, extension or contributing source
        found.append(
            Rtp(packet.captured_us, second > 127, second & 127, sequence, timestamp, ssrc, packet.payload[12:])
        )
    return found


def unwrapped(values, bits):
    return np.unwrap(np.array(values, dtype=np.float64), period=2.0**bits).astype(np.int64)


def heard(call, seed=1):
    """Decoded audio and codes of a call that came whole."""
    packets = rtp_of(call, seed=seed)
    decode = {0: decode_pcmu, 8: decode_pcma}
    codes = [np.frombuffer(packet.payload, np.uint8) for packet in packets]
    pcm = [decode[packet.payload_type](part) for packet, part in zip(packets, codes, strict=True)]
    return np.concatenate(pcm), np.concatenate(codes)


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 60])
def test_packets_are_numbered_and_timed_without_a_gap(packet_ms):
    call = planned("dead_air", packet_ms=packet_ms, packets=200)
    packets = rtp_of(call)
    assert len(packets) == 200
    assert {packet.ssrc for packet in packets} == {packets[0].ssrc}
    assert {len(packet.payload) for packet in packets} == {8 * packet_ms}
    assert set(np.diff(unwrapped([packet.sequence for packet in packets], 16))) == {1}
    assert set(np.diff(unwrapped([packet.timestamp for packet in packets], 32))) == {8 * packet_ms}
    assert set(np.diff([packet.at_us for packet in packets])) == {1000 * packet_ms}
    assert [packet.marker for packet in packets] == [True] + [False] * 199


@pytest.mark.slow
def test_some_streams_wrap_sequence_and_timestamp():
    calls = plan_calls(3, 40, mix={"digital_silence": 1}).calls
    wraps = [np.diff([packet.sequence for packet in rtp_of(replace(call, network=PERFECT))]).min() for call in calls]
    assert sum(wrap < -60_000 for wrap in wraps) >= 3
    times = [np.diff([packet.timestamp for packet in rtp_of(replace(call, network=PERFECT))]).min() for call in calls]
    assert sum(time < -(2**31) for time in times) >= 3


def test_a_new_ssrc_starts_a_stream_with_numbers_of_its_own():
    call = planned("noise", new_ssrc_at=100)
    packets = rtp_of(call)
    first, second = packets[:100], packets[100:]
    assert {packet.ssrc for packet in first} != {packet.ssrc for packet in second}
    assert len({packet.ssrc for packet in packets}) == 2
    assert second[0].marker
    assert (second[0].sequence - first[-1].sequence) % 2**16 != 1
    for stream, samples in zip((first, second), call.stream_samples, strict=True):
        assert (stream[-1].timestamp - stream[0].timestamp) % 2**32 + 160 == samples


def test_a_payload_type_change_keeps_the_stream():
    packets = rtp_of(planned("noise", switch_law_at=150, law="pcmu"))
    assert [packet.payload_type for packet in packets] == [0] * 150 + [8] * (len(packets) - 150)
    assert len({packet.ssrc for packet in packets}) == 1
    assert set(np.diff(unwrapped([packet.timestamp for packet in packets], 32))) == {160}


def test_a_lossy_network_takes_its_share_but_never_the_ends():
    network = Network(loss=0.1, reordering=0.05, duplicates=0.05, jitter_ms=10.0)
    sent = rtp_of(planned("noise", packets=1000))
    came = rtp_of(planned("noise", packets=1000, network=network))
    numbers = [packet.sequence for packet in came]
    whole = [packet.sequence for packet in sent]
    assert 60 <= 1000 - len(set(numbers)) <= 150
    assert 20 <= len(numbers) - len(set(numbers)) <= 90
    assert set(numbers) < set(whole)
    assert numbers[:5] == whole[:5]
    assert numbers[-5:] == whole[-5:]
    steps = np.diff(unwrapped(numbers, 16))
    assert 20 <= int((steps < 0).sum()) <= 120
    assert all(later.at_us >= earlier.at_us for earlier, later in pairwise(came))


def test_comfort_noise_comes_in_the_gap_and_a_last_packet_ends_the_stream():
    call = planned("comfort_noise")
    packets = rtp_of(call)
    kinds = [packet.payload_type == 13 for packet in packets]
    assert kinds == [False] * 10 + [True] * (len(kinds) - 11) + [False]  # 200 ms of hangover
    gap = [packet for packet in packets if packet.payload_type == 13]
    assert {len(packet.payload) for packet in gap} == {1}
    assert {(after.at_us - before.at_us) // 1000 for before, after in pairwise(gap)} == {200}
    assert (packets[-1].timestamp - packets[0].timestamp) % 2**32 + 160 == call.stream_samples[0]


def test_suppressed_silence_leaves_gaps_in_speech_and_marks_each_talkspurt():
    pytest.importorskip("espeakng_loader")
    packets = rtp_of(planned("speech", dtx=True))
    assert {13} < {packet.payload_type for packet in packets}
    for before, packet in pairwise(packets):
        assert packet.marker == (before.payload_type == 13 and packet.payload_type != 13)


def events_of(packets):
    found = defaultdict(list)
    for packet in packets:
        if packet.payload_type == 101:
            found[packet.timestamp].append((packet.marker, *struct.unpack("!BBH", packet.payload)))
    return found


def test_keys_are_sent_as_events_that_grow_and_end_three_times():
    call = planned("dtmf", variant="rfc4733")
    packets = rtp_of(call)
    keys = caller_sound(1, call).keys
    events = events_of(packets)
    assert len(keys) > 20
    for key, reports in zip(keys, events.values(), strict=True):
        markers, codes, flags, durations = zip(*reports, strict=True)
        assert {KEYS[code] for code in codes} == {key.digit}
        assert markers == (True, *[False] * (len(reports) - 1))
        assert [flag >> 7 for flag in flags] == [0] * (key.length - 1) + [1] * 3
        assert durations[: key.length] == tuple(160 * (number + 1) for number in range(key.length))
        assert set(durations[-3:]) == {160 * key.length}
    spans = [(time, time + max(d for *_, d in reports)) for time, reports in events.items()]
    audio = [packet.timestamp for packet in packets if packet.payload_type != 101]
    assert not [time for time in audio for start, end in spans if start <= time < end]


@pytest.mark.parametrize(("variant", "sounding"), [("rfc4733", 0), ("leaked", 2), ("both", 4)])
def test_a_gateway_may_send_the_sound_of_a_key_besides_its_events(variant, sounding):
    call = planned("dtmf", variant=variant)
    packets = rtp_of(call)
    keys = caller_sound(1, call).keys
    audio = {packet.timestamp for packet in packets if packet.payload_type != 101}
    events = events_of(packets)
    assert len(events) == len(keys)
    for time, key in zip(events, keys, strict=True):
        beside = [(time + slot * 160) % 2**32 in audio for slot in range(key.length)]
        assert beside == [slot < sounding or variant == "both" for slot in range(key.length)]
    assert [reports[0][0] for reports in events.values()] == [True] * len(keys)


def test_keys_in_band_are_tones_and_not_events():
    pcm, _ = heard(planned("dtmf", variant="inband"))
    frames = pcm[: pcm.size // 160 * 160].reshape(-1, 160).astype(np.float64)
    loud = np.sqrt((frames**2).mean(axis=1)) > 300
    assert 0.3 < loud.mean() < 0.8
    peaks = np.abs(np.fft.rfft(frames[loud] * np.hanning(160), 8000)).argmax(axis=1)
    keypad = np.array([697, 770, 852, 941, 1209, 1336, 1477, 1633])
    assert (np.abs(peaks[:, None] - keypad).min(axis=1) < 25).mean() > 0.9


def test_digits_are_a_small_part_of_speech_with_digits():
    pytest.importorskip("espeakng_loader")
    call = planned("speech_dtmf", variant="rfc4733")
    keys = caller_sound(1, call).keys
    assert 4 <= len(keys) <= 6
    assert sum(key.length for key in keys) < 0.15 * call.packets


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
@pytest.mark.parametrize("nth", range(3))
def test_kinds_are_as_loud_after_coding_as_their_names_say(law, nth):
    dead, dead_codes = heard(planned("dead_air", nth=nth, law=law))
    assert -76 < rms_dbfs(dead) < -66
    assert silence_code_share(dead_codes, law) < 0.95
    noisy, _ = heard(planned("noise", nth=nth, law=law))
    assert rms_dbfs(noisy) > -50
    for kind in ("digital_silence", "idle_codes"):
        _, codes = heard(planned(kind, nth=nth, law=law))
        assert silence_code_share(codes, law) > 0.95
    assert len(set(heard(planned("digital_silence", law=law))[1].tolist())) == 1


@pytest.mark.parametrize(("variant", "frequency"), [("cng", 1100), ("ced", 2100)])
def test_a_fax_sends_its_tone(variant, frequency):
    pcm, _ = heard(planned("fax", variant=variant))
    spectrum = np.abs(np.fft.rfft(pcm[: 4 * 8000].astype(np.float64)))
    assert abs(spectrum.argmax() / 4 - frequency) < 2


def test_a_call_without_media_sends_no_rtp():
    for nth in range(2):
        call = plan_calls(1, 2, mix={"no_media": 1}).calls[nth]
        assert rtp_of(call) == []
        assert rtp_of(call, "callee") == []


def test_the_callee_sends_in_a_stream_of_its_own():
    call = planned("dead_air", callee_media="room")
    mine, theirs = rtp_of(call), rtp_of(call, "callee")
    assert len(theirs) == call.packets
    assert mine[0].ssrc != theirs[0].ssrc


def test_hearings_of_a_message_are_the_same_words_from_another_place():
    pytest.importorskip("espeakng_loader")
    hearings = list(plan_calls(1, 12, mix={"campaign": 1}).calls)
    first, *others = (caller_sound(1, call).pcm.astype(np.float64) for call in hearings)
    assert len({call.hearing.gain_db for call in hearings}) == 12
    assert {call.hearing.codec for call in hearings} == {None, "gsm"}
    assert len({call.hearing.speed for call in hearings}) > 2
    for call, other in zip(hearings[1:], others, strict=True):
        percent, lag = round(100 * call.hearing.speed), round(call.hearing.cut_s * 8000)
        played = first if percent == 100 else resample_poly(first, 100, percent)
        n = min(played.size - max(lag, 0), other.size - max(-lag, 0), 32_000)
        here, there = played[max(lag, 0) :][:n], other[max(-lag, 0) :][:n]
        assert np.corrcoef(here, there)[0, 1] > (0.9 if call.hearing.codec is None else 0.7)


def test_two_talkers_say_different_things():
    pytest.importorskip("espeakng_loader")
    calls = plan_calls(1, 4, mix={"decoy": 1}).calls
    assert len({caller_sound(1, call).pcm[:8000].tobytes() for call in calls}) == 4
    assert len({call.caller for call in calls}) == 1


def test_audio_does_not_depend_on_the_network():
    call = planned("noise")
    rough = replace(call, network=Network(loss=0.2, jitter_ms=5.0))
    rng = lambda: np.random.default_rng(1)  # noqa: E731
    assert list(sent_packets(rng(), call, caller_sound(1, call))) == list(
        sent_packets(rng(), rough, caller_sound(1, rough))
    )
