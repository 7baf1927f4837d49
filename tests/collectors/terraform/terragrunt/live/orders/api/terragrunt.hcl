include {
  path = find_in_parent_folders("root.hcl")
}
include "gone" {
  path = find_in_parent_folders("gone.hcl")
}
remote_state {
  backend = "local"
  config  = {}
}
inputs = {
  region = "eu-central-1"
  home   = get_terragrunt_dir()
}
