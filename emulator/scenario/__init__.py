"""Scenario files: which rules there are, when they fire, and what they do.

`yaml12` reads text, `model` says what may stand in it, `loader` tells the author what is wrong
with it, and `engine` plays it.
"""
