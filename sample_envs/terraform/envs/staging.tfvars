environment        = "staging"
availability_zones = ["eu-central-1b", "eu-central-1a"]
subnet_ids         = ["subnet-0a41c7d2e95b3f608", "subnet-0be72f9914c6d8a35"]

# restored from the snapshot of 2022; nobody has upgraded it since
mysql_engine_version = "8.0.28"
db_instance_class    = "db.m6g.large"
db_allocated_storage = 100
max_connections      = 1000

invoice_bucket = "orders-invoices-staging"
