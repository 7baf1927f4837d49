environment        = "production"
java_opts          = "-Xmx2048m -XX:+UseZGC"
instance_type      = "m6g.2xlarge"
log_retention_days = 30
