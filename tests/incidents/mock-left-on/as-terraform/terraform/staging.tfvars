bucket           = "rentals-static-staging"
instance_type    = "t3.small"
fake_sms_gateway = true
payment_sandbox  = true
queue_dry_run    = true
