from __future__ import annotations

from hypothesis import HealthCheck, settings

# `make test` runs the same examples each time; `make fuzz` looks for new ones.
settings.register_profile("test", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, max_examples=5_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("test")
