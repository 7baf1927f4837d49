variable "pool_size" {
  description = "not a setting"
  type        = number
  default     = 5
  validation {
    condition     = var.pool_size > 0
    error_message = "not a setting"
  }
}
variable "region" { default = "us-east-1" }
variable "zones" { type = list(string) }
variable "required" { type = string }
variable "optional" { default = null }
variable "kept" {
  default  = "default"
  nullable = false
}
variable "admin" {
  type      = object({ user = string, grants = optional(list(string), ["read"]), note = optional(string) })
  sensitive = true
  default   = { user = "root" }
}
variable "service" {
  type = object({
    timeout = optional(number, 30)
    hosts   = map(string)
    rules   = optional(list(object({ port = number })), [])
  })
}
variable "refused" {
  type    = number
  default = "many"
}
locals {
  name     = "orders-${terraform.workspace}"
  pool     = var.pool_size * 2
  login    = "u=${var.admin.user}"
  endpoint = aws_lb.main.dns_name
}
