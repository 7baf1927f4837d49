terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.60"
    }
  }
  backend "s3" {}
}

locals {
  name = "orders-${var.environment}"
  tags = {
    service     = "orders"
    environment = var.environment
  }
}

resource "aws_db_parameter_group" "orders" {
  name   = local.name
  family = "mysql8.0"

  parameter {
    name  = "max_connections"
    value = var.max_connections
  }
  parameter {
    name  = "collation_server"
    value = var.collation_server
  }
  parameter {
    name  = "innodb_lock_wait_timeout"
    value = 50
  }
}

resource "aws_db_instance" "orders" {
  identifier                 = local.name
  engine                     = "mysql"
  engine_version             = var.mysql_engine_version
  auto_minor_version_upgrade = false
  instance_class             = var.db_instance_class
  allocated_storage          = var.db_allocated_storage
  parameter_group_name       = aws_db_parameter_group.orders.name
  db_subnet_group_name       = aws_db_subnet_group.orders.name
  backup_retention_period    = var.backup_retention_period
  deletion_protection        = var.deletion_protection
  storage_encrypted          = true
  tags                       = local.tags
}

resource "aws_db_subnet_group" "orders" {
  name       = local.name
  subnet_ids = var.subnet_ids
}

resource "aws_elasticache_replication_group" "orders" {
  replication_group_id        = local.name
  description                 = "Sessions and idempotency keys"
  engine                      = "redis"
  engine_version              = "7.1"
  node_type                   = var.cache_node_type
  preferred_cache_cluster_azs = var.availability_zones
  num_cache_clusters          = length(var.availability_zones)
  tags                        = local.tags
}

resource "aws_s3_bucket" "invoices" {
  bucket = var.invoice_bucket
  tags   = local.tags
}

resource "aws_cloudwatch_log_group" "orders" {
  name              = "/orders/${var.environment}"
  retention_in_days = var.log_retention_days
}
