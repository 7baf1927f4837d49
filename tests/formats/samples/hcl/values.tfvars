text    = 10
amount  = "2.50"
switch  = "true"
texts   = [1, "two", true]
names   = ["b", "a", "b", 3]
amounts = ["10", 9, 10.0]
tags    = { a = 1, "b c" : true, c = null }
pair    = [1, "2"]
mixed   = [1, "a", false]
free    = { a = [1, "x"] }
untyped = ["x", 1]
kept    = null
service = {
  name   = "orders"
  extra  = "is dropped"
  limits = { cpu = "2" }
  ratios = { a = "0.1" }
}
pools = {
  small = { size = "1" }
  large = { size = 8, spot = "false" }
}
