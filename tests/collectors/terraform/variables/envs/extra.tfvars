pool_size  = 50
undeclared = <<-EOT
  two
  lines
EOT
