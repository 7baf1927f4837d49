resource "aws_db_instance" "patients" {
  identifier        = "patients-production"
  instance_class    = "db.m6g.4xlarge"
  storage_encrypted = true
  port              = "5432"
}

resource "aws_elasticache_replication_group" "patients" {
  replication_group_id       = "patients-production"
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
}
