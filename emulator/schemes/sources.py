"""What a rule of a scheme goes by when no standard has it."""

from __future__ import annotations

from emulator.core.errors import Source, Standing

PROVIDER = Source("the provider's description of the scheme")
"""Each provider that uses the scheme says which of its documents this is: `scheme_sources`."""

PROVIDER_INFERRED = PROVIDER.but(Standing.INFERRED)
PROVIDER_CHOSEN = PROVIDER.but(Standing.CHOSEN)
