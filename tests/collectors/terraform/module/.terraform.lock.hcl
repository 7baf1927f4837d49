provider "registry.example.org/hashicorp/aws" {
  version     = "5.31.0"
  constraints = "~> 5.0"
  hashes = [
    "h1:AAAA",
  ]
}
provider "registry.example.org/one/null" {
  version = "1.0.0"
}
provider "registry.example.org/two/null" {
  version = "2.0.0"
}
