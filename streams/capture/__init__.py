"""Capture files: the UDP packets in them, in the file's order."""

from streams.capture.reader import Capture, CaptureCounters, CaptureError, Packet, read_capture

__all__ = ["Capture", "CaptureCounters", "CaptureError", "Packet", "read_capture"]
