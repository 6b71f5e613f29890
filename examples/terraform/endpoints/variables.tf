variable "vpc_id" {
  description = "The VPC of the container instances. enableDnsSupport and enableDnsHostnames have to be on."
  type        = string
}

variable "subnet_ids" {
  description = "One subnet for each zone that has container instances."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "An interface endpoint needs a subnet."
  }
}

variable "client_cidrs" {
  description = "IPv4 CIDRs of the container instances' subnets."
  type        = list(string)
  default     = []
}

variable "client_ipv6_cidrs" {
  description = "IPv6 CIDRs of the container instances' subnets."
  type        = list(string)
  default     = []
}

variable "client_security_group_ids" {
  description = "Security groups of the container instances."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of the endpoints."
  type        = map(string)
  default     = {}
}
