# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "modules.example.org/orders/ledger" {
  version = "0.2.0"
  hashes = [
    "h1:mpiZ7D7ioOMsehEY0nHanoaaZxXxjOoi8iMJ3hkf/a4=",
  ]
}

provider "registry.example.org/hashicorp/aws" {
  version     = "5.72.1"
  constraints = "~> 5.60"
  hashes = [
    "h1:dBdlB+YOmDPr5qzWS2ftqV7phShy7uFcoAeiIvAd83U=",
  ]
}

provider "registry.example.org/hashicorp/random" {
  version     = "3.6.3"
  constraints = ">= 3.6.0, < 4.0.0"
  hashes = [
    "h1:83H3FSrMLnYEasHenHoAcUhn4KX5DMQOShVZc2nJ500=",
  ]
}
