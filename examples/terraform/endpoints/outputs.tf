output "endpoint_ids" {
  description = "The endpoints by service."
  value = {
    "ecs-agent"     = aws_vpc_endpoint.ecs_agent.id
    "ecs-telemetry" = aws_vpc_endpoint.ecs_telemetry.id
    "ecs"           = aws_vpc_endpoint.ecs.id
  }
}

output "security_group_id" {
  description = "The endpoints' security group."
  value       = aws_security_group.ecs_privatelinkd_endpoints.id
}
