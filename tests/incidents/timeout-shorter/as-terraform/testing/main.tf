resource "aws_lb" "checkout" {
  name         = "checkout-testing"
  idle_timeout = 120
}

resource "aws_lambda_function" "payment" {
  function_name = "payment-testing"
  timeout       = 120
  memory_size   = 512
}
