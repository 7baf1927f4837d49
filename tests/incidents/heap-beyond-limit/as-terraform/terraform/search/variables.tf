variable "name" { type = string }
variable "host" { type = string }
variable "resources" { type = any }
variable "env" { type = map(string) }
