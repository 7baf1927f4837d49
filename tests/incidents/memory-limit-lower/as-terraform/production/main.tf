module "reports" {
  source = "../modules/service"

  name           = "reports-production"
  memory         = 512
  desired_count  = 10
  health_path    = "/health"
  export_bucket  = "reports-exports-production"
  render_timeout = "45s"
}

resource "aws_lambda_function" "thumbnails" {
  function_name = "thumbnails-production"
  memory_size   = 256
  timeout       = 30
}
