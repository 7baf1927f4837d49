resource "aws_db_instance" "members" {
  identifier         = "members-production"
  engine             = "sqlserver-web"
  instance_class     = "db.m6g.4xlarge"
  timezone           = "W. Europe Standard Time"
  character_set_name = "Latin1_General_CS_AS"
}

resource "google_sql_database" "archive" {
  name      = "archive-production"
  charset   = "utf8"
  collation = "de_DE.UTF8"
}
