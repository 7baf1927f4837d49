# Declared types: what each turns the value of values.tfvars into.

variable "text" { type = string }
variable "amount" { type = number }
variable "switch" { type = bool }
variable "texts" { type = list(string) }
variable "names" { type = set(string) }
variable "amounts" { type = set(number) }
variable "tags" { type = map(string) }
variable "pair" { type = tuple([string, number]) }
variable "mixed" { type = list(any) }
variable "free" { type = any }
variable "untyped" {}
variable "nothing" {
  type    = string
  default = null
}
variable "kept" {
  type     = string
  default  = "kept"
  nullable = false
}
variable "service" {
  type = object({
    name    = string
    port    = optional(number, 8080)
    limits  = optional(object({ memory = optional(string, "512Mi"), cpu = optional(number) }), {})
    ratios  = optional(map(number))
    aliases = optional(list(string), ["a", 1])
  })
}
variable "pools" {
  type = map(object({ size = number, spot = optional(bool, false) }))
}
