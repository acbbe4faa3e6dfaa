"""Mutation testing: do the tests notice a small mistake in the code?

One place of a module is changed, such as `<` to `<=`, in a copy of the tree. Then the tests of
that module run. A change that no test notices *survives*: it shows a rule that is not tested.
"""
