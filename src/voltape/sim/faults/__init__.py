"""Things that go wrong on purpose: seeded, scripted from outside, per connection or for all."""

from voltape.sim.faults.fault import BadFault, Fault, FaultSpec, Host, RestOutcome
from voltape.sim.faults.registry import KINDS, Faults

__all__ = ["KINDS", "BadFault", "Fault", "FaultSpec", "Faults", "Host", "RestOutcome"]
