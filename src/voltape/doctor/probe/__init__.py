"""`voltape doctor --probe`: asks a live exchange, gently, what its documentation leaves open."""

from voltape.doctor.probe.answer import Answer, ProbeReport, as_json, as_text
from voltape.doctor.probe.run import probe

__all__ = ["Answer", "ProbeReport", "as_json", "as_text", "probe"]
