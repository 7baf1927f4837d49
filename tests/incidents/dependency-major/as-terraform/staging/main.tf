module "cache" {
  source  = "registry.example.org/portal/cache/aws"
  version = "2.4.0"

  name      = "portal-staging"
  node_type = "cache.t4g.small"
  family    = "redis7"
}
