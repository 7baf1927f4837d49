pool_size = "10"
kept      = null
service = {
  timeout = 20
  hosts   = { "a.example.org" = 1, b = "x" }
}
