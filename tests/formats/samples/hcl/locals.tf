# Each local is compared with what `terraform console` says.

locals {
  escapes      = "a\tb\n\"q\" \\ \u00e9 \U0001F600 $${x} %%{y} $ % 100%"
  many_dollars = "$$$${x} $$ %%%%{y}"
  blanks       = "  two  spaces  "
  composed     = "e\u0301" == "\u00e9"
  comment_like = "# ${1} // ${2} /* ${3} */"
  wrapped      = "${[1, 2]}"
  joined       = "${true}-${1.50}-${1e3}-${"x"}"
  trimmed      = "a ${~"x"~} b  %{~if true~}  c  %{~else~}  d  %{~endif~}  e"
  directive    = "%{for k, v in { a = 1, b = 2 }}${k}=${v},%{endfor}"
  nested       = "${"${"${"x"}"}"}"
  heredoc      = <<EOT
# ${"not"} a comment // "quoted" \n $${x} %%{y} $5
  second

EOT
  indented     = <<-EOT
      ${"x"} b
        c

    	d
    EOT
  loop         = <<-EOT
    %{for name in ["x", "y"]~}
      - ${name}
    %{endfor~}
    %{if false}
    no
    %{else}
    yes
    %{endif}
    end
  EOT
  empty        = <<EOT
EOT
  with_code    = join(",", [<<A
one
A
    , "two"])

  precedence  = 1 + 2 * 3 - 4 / 2 % 3
  logic       = true || false && false
  compared    = 1 + 1 == 2 && 3 > 2 != false
  negative    = -5 % 3 + -(-2)
  fraction    = 5.5 % -2
  tenth       = 0.1 + 0.2
  large       = 12345678901234567890123456789.5 + 1e20
  small       = 2e-3 / 4
  from_text   = "5" + 1
  not_text    = !"true"
  chained     = false ? "a" : false ? "b" : true ? "c" : "d"
  in_brackets = (true ? [1, 2] : [])[1]
  short       = true || 2 > 3
  not_equal   = [1 == "1", null == null, [1] == [1], tolist([1]) == [1], { a = 1 } == { a = 1 }, "a" != "b"]

  unified_text   = true ? 1 : "a"
  unified_list   = false ? ["a"] : [1]
  unified_map    = true ? { a = 1, b = "x" } : {}
  unified_object = true ? { a = 1 } : { a = "x" }
  with_null      = true ? null : 5

  object      = { a = 1, "b" : 2, (var.text) = 3, "k-${var.text}" = 4, 5 = 5, true = 6, if = 7 }
  tuple       = [1, "a", null, [true], { a = null }, ]
  at          = [["a", "b"], ["c"]][0][1]
  by_key      = { "a.b" = 1 }["a.b"]
  by_number   = { "1" = "x" }[1]
  splat       = [{ y = [{ z = 1 }, { z = 2 }] }, { y = [{ z = 3 }] }][*].y[*].z
  splat_index = [{ y = [1, 2] }, { y = [3, 4] }][*].y[0]
  legacy      = [{ y = [1, 2] }, { y = [3, 4] }].*.y[0]
  splat_one   = "a"[*]
  splat_none  = var.nothing[*]

  for_tuple  = [for i, v in ["a", "b"] : "${i}${v}" if v != "a"]
  for_object = { for k, v in { b = 1, a = 2 } : upper(k) => v * 2 }
  for_group  = { for v in ["a", "b", "a"] : v => v... }
  for_set    = [for k, v in toset(["b", "a"]) : "${k}${v}"]
  for_map    = [for k, v in { b = 1, a = 2 } : "${k}${v}"]
  for_inner  = [for a in [1, 2] : [for b in [10, 20] : a + b]]
  for_hidden = [for var in [{ x = 1 }] : var.x]

  functions = {
    abs           = abs(-1.5)
    alltrue       = [alltrue([]), alltrue([true, "false"])]
    anytrue       = [anytrue([]), anytrue([false, "true"])]
    base64        = base64decode(base64encode("h\u00e9"))
    basename      = [basename("a/b.txt"), basename("a/b/")]
    ceil          = [ceil(1.1), ceil(-1.1), floor(1.9), floor(-1.1)]
    chomp         = chomp("a\r\n\n")
    chunklist     = [chunklist(["a", "b", "c"], 2), chunklist([1], 0)]
    cidr          = [cidrsubnet("10.1.2.0/16", 8, 2), cidrhost("10.0.0.0/8", 5), cidrhost("10.0.0.0/24", -2), cidrnetmask("172.16.0.0/12"), cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)]
    coalesce      = [coalesce("", "b"), coalesce(null, 1, "a"), coalesce(false, true)]
    coalescelist  = coalescelist([], ["a"])
    compact       = compact(["a", "", null, "b"])
    concat        = [concat([1], ["a"]), concat(tolist([1]), tolist(["a"]))]
    contains      = [contains([1, 2], "1"), contains(["a"], "a")]
    dirname       = [dirname("a/b.txt"), dirname("b"), dirname("/b")]
    distinct      = distinct([1, "1", 1, 2])
    element       = element(["a", "b"], 3)
    endswith      = [endswith("abc", "bc"), startswith("abc", "ab"), strcontains("abc", "d")]
    flatten       = flatten([["a", [1]], toset(["c", "b"]), [], { x = [1] }])
    format        = [format("%s-%s", 1, true), format("%5d|%-5s|%05.2f|%+d|% d", 3, "a", 3.14159, 2, 4), format("%q %x %X %o %b %%", "a\"\n", 255, 255, 8, 5), format("%v %v %v", 1.5, "a", [1, "<"]), format("%[2]s%[1]s", "a", "b"), format("%f %.0f", 2.5, 2.5), format("%t", "true"), format("%08d", -42)]
    formatlist    = formatlist("%s-%s", ["a", "b"], "x")
    indent        = indent(2, "a\nb\n")
    index         = index(["a", "b"], "b")
    join          = join("-", ["a", 1, true], ["b"])
    json          = [jsonencode({ b = "<&>\u2028\u007f\u0001", a = 1.50, c = null, d = [true] }), jsondecode("{\"a\": [1, 2.50, null, \"x\"]}")]
    keys          = [keys({ b = 1, a = 2 }), values({ b = 1, a = "x" })]
    length        = [length("caf\u00e9"), length([1]), length({ a = 1 })]
    lookup        = [lookup({ a = 1 }, "a", "x"), lookup({ a = 1 }, "b", "x"), lookup(tomap({ a = "1" }), "b", 5)]
    matchkeys     = matchkeys(["i1", "i2"], ["a", "b"], ["b"])
    max           = [max(1, "5", 2.5), min(3, 1)]
    md5           = [md5("a"), sha1("a"), sha256("a"), sha512("a")]
    merge         = merge({ a = 1, b = { c = 1 } }, null, { b = { d = 2 } })
    one           = [one([]), one(["a"])]
    parseint      = [parseint("ff", 16), parseint("-101", 2)]
    pow           = [pow(2, 10), pow(3, 0), signum(-3)]
    range         = [range(3), range(1, 4), range(4, 1), range(1, 10, 3)]
    regex         = [regex("[a-z]+", "12abc3"), regex("(\\d+)-(\\w+)", "x 12-ab"), regex("(?P<a>a)(?P<b>b)?", "ac"), regexall("[a-c]\\d", "a1b2d3")]
    replace       = [replace("a.b.c", ".", "-"), replace("a1b22", "/[0-9]+/", "#"), replace("abc", "", "-")]
    reverse       = reverse([1, "a"])
    sets          = [setunion(["b"], ["a"], [1]), setintersection(["a", "b"], ["b", "c"]), setsubtract(["a", "b"], ["b"])]
    setproduct    = setproduct(["a", "b"], ["c", "d"])
    slice         = slice(["a", "b", "c"], 1, 2)
    sort          = sort(["b", "A", "a", "\u00e9", "z", 10])
    split         = [split(",", "a,b,"), split(",", ""), split("", "ab")]
    strrev        = strrev("abc")
    substr        = [substr("hello", 1, 3), substr("hello", -3, -1), substr("hello", 9, 1)]
    sum           = sum([1, "2", 0.5])
    title         = [title("hello wORLD-foo_bar a.b 3d"), upper("aB1"), lower("aB1")]
    tobool        = [tobool("true"), tobool("0"), tobool(null)]
    tolist        = [tolist([1, "a"]), tolist(toset(["b", "a"])), tolist([])]
    tomap         = tomap({ a = 1, b = "x" })
    tonumber      = [tonumber("1e3"), tonumber("1.50"), tonumber("-5")]
    toset         = [toset(["b", "a", "b"]), toset([10, 9]), toset([true, false])]
    tostring      = [tostring(1e21), tostring(1.50), tostring(true)]
    transpose     = transpose({ a = ["x", "y"], b = ["y"] })
    trim          = [trim("xxaxx", "x"), trimprefix("xxa", "x"), trimsuffix("axx", "x"), trimspace(" \n a \t")]
    try           = [try({ a = 1 }.b, "d"), try(tonumber("x"), 2), try([1][5], [1][0]), can({}.a), can({ a = 1 }.a)]
    urlencode     = urlencode("a b&c/d~e*")
    zipmap        = zipmap(["a", "b"], [1, "x"])
  }

  text    = var.text
  amount  = var.amount
  switch  = var.switch
  texts   = var.texts
  names   = var.names
  amounts = var.amounts
  tags    = var.tags
  pair    = var.pair
  mixed   = var.mixed
  free    = var.free
  untyped = var.untyped
  nothing = var.nothing
  kept    = var.kept
  service = var.service
  pools   = var.pools
  summary = { for name, pool in var.pools : name => "${pool.size}${pool.spot ? "*" : ""}" }
}
