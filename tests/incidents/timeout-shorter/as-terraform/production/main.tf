resource "aws_lb" "checkout" {
  name         = "checkout-production"
  idle_timeout = 30
}

resource "aws_lambda_function" "payment" {
  function_name = "payment-production"
  timeout       = 30
  memory_size   = "512"
}
