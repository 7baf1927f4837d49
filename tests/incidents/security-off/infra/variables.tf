variable "cluster_name" { type = string }
variable "node_type" { type = string }
variable "snapshot_retention_limit" { type = number }

variable "transit_encryption_enabled" {
  type    = bool
  default = true
}
