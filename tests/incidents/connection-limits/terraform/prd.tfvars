environment       = "production"
max_connections   = 100 # PostgreSQL's default: the parameter group was made before the service grew
instance_class    = "db.m6g.4xlarge"
allocated_storage = 500
