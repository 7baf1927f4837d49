environment     = "production"
domain          = "tickets.example.org"
db_pool_size    = 500
request_timeout = "3000ms"
