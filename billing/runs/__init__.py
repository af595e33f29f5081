"""Invoice runs: one period, every authority, exceptions first."""
