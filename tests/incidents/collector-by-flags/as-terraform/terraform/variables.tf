variable "environment" { type = string }
variable "java_opts" { type = string }
variable "instance_type" { type = string }
variable "log_retention_days" { type = number }
