resource "aws_db_instance" "members" {
  identifier         = "members-staging"
  engine             = "sqlserver-web"
  instance_class     = "db.m6g.large"
  timezone           = "UTC"
  character_set_name = "Latin1_General_CI_AS"
}

resource "google_sql_database" "archive" {
  name      = "archive-staging"
  charset   = "UTF8"
  collation = "en_US.UTF8"
}
