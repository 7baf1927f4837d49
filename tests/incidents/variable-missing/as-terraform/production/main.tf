resource "aws_lambda_function" "invoices" {
  function_name = "invoices-production"
  runtime       = "python3.13"

  environment {
    variables = {
      INVOICE_BUCKET = "invoices-production"
      PDF_RENDERER   = "weasyprint"
    }
  }
}
