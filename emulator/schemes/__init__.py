"""The security schemes: bytes, keys and time. They know neither HTTP nor any provider.

One folder per scheme; each file imports only those above it:

| file | holds |
|---|---|
| `failures.py` | each way to fail, as a `FailureMode` with its source, and what we assume |
| `make.py` | what a client sends |
| `mistakes/` | names the mistake after a refusal: the wrong recipes seen in the wild |
| `verify.py` | the verdict |

The formula stands in the folder's `__init__.py`, which gives the public names:
`from emulator.schemes import jws`, then `jws.verify(...)`, `jws.SIGNATURE`. A recipe never makes a
wrong request pass. What all schemes share to name mistakes stands in `mistakes`.
"""
