"""The security schemes: bytes, keys and time. They know neither HTTP nor any provider.

One file per scheme. Each states its formula at the top, declares its `FailureMode`s beside
the checks, and keeps `MISTAKES`: the wrong recipes seen in the wild, tried only after a
check has failed, so that the diagnosis can name the mistake. A recipe never makes a wrong
request pass.
"""
