bucket           = "rentals-static-production"
instance_type    = "t3.large"
fake_sms_gateway = false
queue_dry_run    = false
task_time_limit  = "300s"
