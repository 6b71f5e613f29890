# The three interface endpoints of the ECS container agent, and their security group.

terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_region" "this" {}

# TCP 443 from the container instances; that of AWS-made groups is often the group itself alone.
resource "aws_security_group" "ecs_privatelinkd_endpoints" {
  name_prefix = "ecs-privatelinkd-endpoints-"
  description = "TCP 443 to interface endpoints"
  vpc_id      = var.vpc_id

  ingress {
    description      = "Container instances"
    from_port        = 443
    to_port          = 443
    protocol         = "tcp"
    cidr_blocks      = var.client_cidrs
    security_groups  = var.client_security_group_ids
    ipv6_cidr_blocks = var.client_ipv6_cidrs
  }

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = length(concat(var.client_cidrs, var.client_security_group_ids, var.client_ipv6_cidrs)) > 0
      error_message = "Nobody could reach the endpoints: set client_cidrs or client_security_group_ids."
    }
  }
}

# In the order that AWS recommends: ecs-agent, ecs-telemetry, ecs.
resource "aws_vpc_endpoint" "ecs_agent" {
  vpc_id              = var.vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${data.aws_region.this.name}.ecs-agent"
  subnet_ids          = var.subnet_ids
  security_group_ids  = [aws_security_group.ecs_privatelinkd_endpoints.id]
  private_dns_enabled = true
  tags                = var.tags
}

resource "aws_vpc_endpoint" "ecs_telemetry" {
  vpc_id              = var.vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${data.aws_region.this.name}.ecs-telemetry"
  subnet_ids          = var.subnet_ids
  security_group_ids  = [aws_security_group.ecs_privatelinkd_endpoints.id]
  private_dns_enabled = true
  tags                = var.tags

  depends_on = [aws_vpc_endpoint.ecs_agent]
}

resource "aws_vpc_endpoint" "ecs" {
  vpc_id              = var.vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${data.aws_region.this.name}.ecs"
  subnet_ids          = var.subnet_ids
  security_group_ids  = [aws_security_group.ecs_privatelinkd_endpoints.id]
  private_dns_enabled = true
  tags                = var.tags

  depends_on = [aws_vpc_endpoint.ecs_agent, aws_vpc_endpoint.ecs_telemetry]
}
