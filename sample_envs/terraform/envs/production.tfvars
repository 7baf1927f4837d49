environment        = "production"
availability_zones = ["eu-central-1a", "eu-central-1b"]
subnet_ids         = ["subnet-03d1f8e6a7720c94b", "subnet-0c95ab2ee1d47f683"]

mysql_engine_version = "8.0.36"
db_instance_class    = "db.m6g.2xlarge"
db_allocated_storage = 500
# what the old instance class allowed
max_connections = 400
# upgraded in place from 5.7, tables and all
collation_server = "utf8mb4_general_ci"

backup_retention_period = 7

invoice_bucket = "orders-invoices-production"
