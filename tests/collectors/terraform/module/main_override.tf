resource "aws_db_instance" "main" {
  engine_version = "8.0.36"
}
