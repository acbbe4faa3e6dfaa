module interop/client

go 1.19
