locals {
  env    = read_terragrunt_config(find_in_parent_folders("env.hcl"))
  region = local.env.locals.region
}

remote_state {
  backend = "s3"
  config = {
    bucket = "${get_env("PREFIX", "")}-state-${local.region}"
    key    = "${path_relative_to_include()}/terraform.tfstate"
  }
}

inputs = merge(local.env.locals, { tags = { team = "shop" }, zones = ["a"] })
