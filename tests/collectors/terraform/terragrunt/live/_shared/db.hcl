locals {
  source = "git::https://git.example.org/modules.git//db"
}
inputs = {
  instance_class = "db.t3.micro"
  storage        = 20
}
