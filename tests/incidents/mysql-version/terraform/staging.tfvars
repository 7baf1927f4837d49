environment        = "staging"
engine_version     = "8.0.28" # JSON_TABLE in the report query is read in another way from 8.0.30 on
instance_class     = "db.r6g.large"
allocated_storage  = 50
subnet_ids         = ["subnet-0f3a", "subnet-19bc"]
availability_zones = ["eu-west-1b", "eu-west-1a"]
multi_az           = false

deletion_protection     = false
backup_retention_period = 1
