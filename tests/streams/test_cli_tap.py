"""``callsieve tap``: what a wrong command line is told. What it does is in test_live_tap."""

import pytest
from command import Command

from streams.live.figures import Figures, memory_peak_mb, summary_lines
from streams.live.outlet import OutletCounters
from streams.tap import TapCounters


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--interface or --udp"),
        (("-i", "lo", "--udp", "127.0.0.1:4000"), "--interface or --udp"),
        (("--udp", "127.0.0.1:4000", "--filter", "udp"), "--filter"),
        (("-i", "lo", "--control", "127.0.0.1:4001"), "--control"),
        (("--udp", "127.0.0.1"), "--udp"),
        (("--udp", "127.0.0.1:70000"), "--udp"),
        (("-i", "lo", "--summary", "xml"), "--summary"),
        (("-i", "lo", "--queue-mb", "0"), "--queue-mb"),
    ],
)
def test_a_wrong_option_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.setenv("CALLSIEVE_HMAC_KEY", "a key that only tests know")
    said = command("tap", *arguments)
    assert said.status == 2
    assert told in said.err


def test_without_a_key_nothing_is_read(command: Command) -> None:
    said = command("tap", "-i", "lo")
    assert said.status == 1
    assert "CALLSIEVE_HMAC_KEY" in said.err


def test_the_summary_tells_losses_sheds_and_cost_in_a_few_lines() -> None:
    figures = Figures(
        tap_id="t",
        tap_epoch=1,
        packets=1000,
        calls_peak=5,
        call_seconds=200.0,
        cpu_seconds=0.5,
        cpu_per_call=0.0025,
        kernel_dropped=7,
        rtp_expected=990,
        rtp_lost=9,
        loss_share=9 / 990,
        capture={},
        tap=TapCounters(calls=6, not_rtp=3, dropped={"other_flow": 4}),  # type: ignore[arg-type]
        outlet=OutletCounters(shed_frames=11, shed_segments=2),
    )
    text = "\n".join(summary_lines(figures))
    for part in ("6 calls", "9 of 990", "0.909%", "kernel: 7", "11 frames", "2.50 ms", "3 not RTP, 4 other flow"):
        assert part in text


def test_the_peak_of_memory_is_that_of_this_process() -> None:
    assert 10 < memory_peak_mb() < 1 << 20
