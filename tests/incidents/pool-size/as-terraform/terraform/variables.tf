variable "environment" { type = string }
variable "domain" { type = string }
variable "db_pool_size" { type = number }

variable "request_timeout" {
  type    = string
  default = "3s"
}
