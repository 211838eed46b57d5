"""A provider simulator on real sockets: each maker's wire format after its public documentation, faults by script."""

from .openai import COMPATIBLE, OPENAI
from .plan import Call, Plan, Usage
from .server import Mock, Received

__all__ = ["COMPATIBLE", "OPENAI", "Call", "Mock", "Plan", "Received", "Usage"]
