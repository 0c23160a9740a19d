"""Contracts: one module per table; pydantic models of what crosses a process boundary are in `contracts/`."""
