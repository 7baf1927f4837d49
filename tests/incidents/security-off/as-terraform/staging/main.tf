resource "aws_db_instance" "patients" {
  identifier        = "patients-staging"
  instance_class    = "db.m6g.large"
  storage_encrypted = false
  port              = 5432
}

resource "aws_elasticache_replication_group" "patients" {
  replication_group_id       = "patients-staging"
  at_rest_encryption_enabled = true
  transit_encryption_enabled = false
}
