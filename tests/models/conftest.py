"""Model tests do things as the protocol tests do."""

from tests.sync.conftest import do, harbour_cafe, ring

__all__ = ["do", "harbour_cafe", "ring"]
