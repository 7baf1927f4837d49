terraform {
  required_version = ">= 1.5"
  backend "s3" {
    bucket = "state"
  }
}

resource "aws_db_instance" "main" {
  engine_version = "8.0.28"
  multi_az       = var.environment == "production"
  timeouts { create = "40m" }
  dynamic "parameter" {
    for_each = var.parameters
    content {
      name = parameter.key
    }
  }
  tags = merge(local.tags, { Name = "db" })
}

module vpc {
  source = "terraform-aws-modules/vpc/aws"
}
