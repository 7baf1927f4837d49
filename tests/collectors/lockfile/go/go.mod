module example.org/orders/service

go 1.23.4

toolchain go1.24.1

require (
	example.org/orders/taxes v0.0.0
	github.com/spf13/cobra v1.8.1
	golang.org/x/text v0.14.0
	gopkg.in/yaml.v3 v3.0.1
)

require (
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/spf13/pflag v1.0.5 // indirect
)

replace example.org/orders/taxes => ./libs/taxes

replace github.com/spf13/pflag v1.0.5 => github.com/spf13/pflag v1.0.6
