environment   = "production"
instance_type = "m6g.xlarge"
desired_count = 8
