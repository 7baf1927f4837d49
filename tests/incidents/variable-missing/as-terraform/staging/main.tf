resource "aws_lambda_function" "invoices" {
  function_name = "invoices-staging"
  runtime       = "python3.13"

  environment {
    variables = {
      INVOICE_BUCKET   = "invoices-staging"
      EINVOICE_PROFILE = "xrechnung"
      PDF_RENDERER     = "weasyprint"
    }
  }
}
