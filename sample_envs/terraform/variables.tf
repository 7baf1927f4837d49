variable "environment" {
  type = string
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "availability_zones" {
  type = list(string)
}

variable "subnet_ids" {
  type = list(string)
}

variable "mysql_engine_version" {
  type = string
}

variable "db_instance_class" {
  type = string
}

variable "db_allocated_storage" {
  type        = number
  description = "GiB"
}

variable "max_connections" {
  type = number
}

variable "collation_server" {
  type    = string
  default = "utf8mb4_0900_ai_ci"
}

variable "backup_retention_period" {
  type        = number
  description = "Days"
  default     = 7
}

variable "deletion_protection" {
  type    = bool
  default = true
}

variable "cache_node_type" {
  type    = string
  default = "cache.t4g.medium"
}

variable "invoice_bucket" {
  type = string
}

variable "log_retention_days" {
  type    = number
  default = 30
}
