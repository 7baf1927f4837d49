variable "environment" { type = string }
variable "domain" { type = string }
variable "memory" { type = string }

module "search" {
  source = "./search"

  name = "search-${var.environment}"
  host = "search.${var.domain}"

  resources = {
    limits = { cpu = "2", memory = var.memory }
  }
  env = {
    JAVA_OPTS  = "-XX:+UseG1GC -Xmx1536m"
    INDEX_NAME = "products-${var.environment}"
  }
}
