cluster_name             = "patients-production"
node_type                = "cache.r6g.2xlarge"
snapshot_retention_limit = 7
