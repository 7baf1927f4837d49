environment = "production"
domain      = "example.org"
memory      = "1536Mi"
