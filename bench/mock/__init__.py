"""A provider simulator on real sockets: each maker's wire format after its public documentation, faults by script."""

from .anthropic import ANTHROPIC
from .azure import AZURE
from .bedrock import BEDROCK
from .gemini import GEMINI
from .mistral import MISTRAL
from .openai import COMPATIBLE, OPENAI
from .plan import Call, Plan, Usage
from .server import Mock, Received
from .xai import XAI

__all__ = ["ANTHROPIC", "AZURE", "BEDROCK", "COMPATIBLE", "Call", "GEMINI", "MISTRAL", "Mock", "OPENAI", "Plan", "Received",
           "Usage", "XAI"]  # fmt: skip
