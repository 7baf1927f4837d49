variable "environment" { type = string }
variable "max_connections" { type = number }
variable "instance_class" { type = string }
variable "allocated_storage" { type = number }

resource "aws_db_parameter_group" "ledger" {
  name   = "ledger-${var.environment}"
  family = "postgres16"

  parameter {
    name  = "max_connections"
    value = var.max_connections
  }
}
