environment        = "staging"
java_opts          = "-XX:+UseG1GC -Xmx2g"
instance_type      = "m6g.large"
log_retention_days = 30
