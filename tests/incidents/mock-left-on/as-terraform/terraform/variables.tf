variable "bucket" { type = string }
variable "instance_type" { type = string }
variable "fake_sms_gateway" { type = bool }

variable "payment_sandbox" {
  type    = bool
  default = false
}

variable "queue_dry_run" {
  type    = bool
  default = false
}

variable "task_time_limit" {
  type    = string
  default = "5m"
}
