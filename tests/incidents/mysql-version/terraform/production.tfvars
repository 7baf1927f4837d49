environment        = "production"
engine_version     = "8.0.36"
instance_class     = "db.r6g.4xlarge"
allocated_storage  = 2000
subnet_ids         = ["subnet-77d1", "subnet-8e20", "subnet-90af"]
availability_zones = ["eu-west-1a", "eu-west-1b"]
