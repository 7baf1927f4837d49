module "cache" {
  source  = "registry.example.org/portal/cache/aws"
  version = "1.9.3"

  name      = "portal-production"
  node_type = "cache.t4g.medium"
  family    = "redis7"
}
