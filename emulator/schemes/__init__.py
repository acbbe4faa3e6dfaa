"""The security schemes: bytes, keys and time. They know neither HTTP nor any provider.

One file per scheme. Each states its formula at the top and declares its `FailureMode`s beside
the checks. What names the mistake after a refusal stands in `mistakes`, a file of the same
name: the wrong recipes seen in the wild, imported and tried only after a check has failed, so
that the diagnosis can say more than "does not match". A recipe never makes a wrong request
pass.
"""
