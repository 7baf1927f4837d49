environment = "staging"
domain      = "staging.example.org"
memory      = "1792Mi"
