environment  = "staging"
domain       = "tickets.staging.example.org"
db_pool_size = 10
