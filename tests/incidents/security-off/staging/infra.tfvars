cluster_name               = "patients-staging"
node_type                  = "cache.r6g.large"
snapshot_retention_limit   = 1
transit_encryption_enabled = false
