include "root" {
  path           = find_in_parent_folders("root.hcl")
  merge_strategy = "deep"
}
include "shared" {
  path   = "${dirname(find_in_parent_folders("root.hcl"))}/_shared/db.hcl"
  expose = true
}
locals {
  size = 40
}
terraform {
  source = "${include.shared.locals.source}?ref=v1.2.0"
}
dependency "network" {
  config_path  = "../network"
  mock_outputs = { vpc_id = "x" }
}
inputs = {
  storage = local.size
  tags    = { name = "db" }
  zones   = ["b"]
  vpc_id  = dependency.network.outputs.vpc_id
}
