variable "environment" { type = string }
variable "instance_type" { type = string }
variable "desired_count" { type = number }

variable "db_pool_size" {
  type    = number
  default = 10
}

variable "log_format" {
  type    = string
  default = "json"
}
