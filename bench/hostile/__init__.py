"""Figures of a server under attack: one module per kind of attack.

A module holds functions under `@measure("name")`, which yield a `Figure` each time something is
measured. `python -m bench.hostile` finds the modules by itself.
"""
