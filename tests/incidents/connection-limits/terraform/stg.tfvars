environment       = "staging"
max_connections   = 500
instance_class    = "db.m6g.large"
allocated_storage = 100
