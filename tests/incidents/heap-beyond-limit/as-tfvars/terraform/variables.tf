variable "index_name" { type = string }
variable "container_memory" { type = number }
variable "volume_size" { type = number }

variable "java_opts" {
  type    = string
  default = "-XX:+UseG1GC -Xmx1536m"
}

variable "refresh_interval" {
  type    = string
  default = "1s"
}
