"""What all clients share.

::

    errors       the error tree
    answer       what came back from a provider
    reading      how its JSON is read and checked
    steps        what an operation asks for: a request, a pause
    operation    `@operation`: one generator makes the blocking and the asynchronous method
    retrying     repeats of operations that are safe to repeat
    waiting      polls until something is final
    checks       arguments of constructors and methods
    declaring    `@client`, `setting`, `option`: a constructor made from declarations
    client       Client, BlockingClient, AsyncClient
    provider     what a client of a provider has besides: a clock, and diagnoses
    exchange     one HTTP request, and the errors of the HTTP library in our own words
    bearer       access tokens
    webhooks     what all checks of webhooks share
"""
