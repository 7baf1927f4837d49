module "reports" {
  source = "../modules/service"

  name           = "reports-staging"
  memory         = 1024
  desired_count  = 2
  health_path    = "/health"
  export_bucket  = "reports-exports-staging"
  render_timeout = "45s"
}

resource "aws_lambda_function" "thumbnails" {
  function_name = "thumbnails-staging"
  memory_size   = 1024
  timeout       = 30
}
