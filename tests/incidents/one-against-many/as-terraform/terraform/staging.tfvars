environment   = "staging"
instance_type = "m6g.medium"
desired_count = 1
db_pool_size  = 1
