terraform {
  required_version = ">= 1.5"
  required_providers {
    aws     = { source = "hashicorp/aws", version = "~> 5.0" }
    old     = "~> 2.0"
  }
  backend "s3" {
    bucket = "state"
    key    = "orders/staging.tfstate"
  }
}

provider "aws" { region = "eu-west-1" }

provider "aws" {
  alias  = "west"
  region = local.west
}

provider "azurerm" {
  features {}
}

locals {
  west = "us-west-2"
  common = {
    TEAM  = "shop"
    LEVEL = "debug"
  }
}

resource "aws_db_instance" "main" {
  count                  = 1
  engine_version         = "8.0.28"
  multi_az               = false
  identifier             = "orders-${random_id.db.hex}"
  vpc_security_group_ids = [aws_security_group.db.id, "sg-1"]
  depends_on             = [aws_vpc.main, module.network]

  timeouts { create = "40m" }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags, password]
    precondition {
      condition     = true
      error_message = "not a setting"
    }
  }
}

resource "aws_security_group" "db" {
  ingress {
    from_port = 5432
  }
  ingress {
    from_port = 5433
  }
  dynamic "egress" {
    for_each = var.ports # not known
    content {
      from_port = egress.value
    }
  }
  provisioner "local-exec" {
    command = "true"
  }
}

resource "null_resource" "empty" {}

data "aws_secret" "db" { name = "orders/db" }

module "api" {
  source  = "terraform-aws-modules/ecs/aws"
  version = "5.2.0"
  providers = {
    aws = aws.west
  }
  environment = merge(local.common, {
    LEVEL = "info"
    "A.B" = var.unknown
  })
  listeners = [{ port = 80 }, { port = 443, tls = true }]
}

output "fixed" { value = "v1" }
output "derived" { value = module.api.url }

moved {
  from = a.b
  to   = a.c
}
