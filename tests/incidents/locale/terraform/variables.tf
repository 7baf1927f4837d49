variable "database_name" { type = string }
variable "collation" { type = string }
variable "charset" { type = string }
