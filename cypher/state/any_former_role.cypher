// title: Is there any FormerRole
MATCH (x:FormerRole {workspace: $workspace}) RETURN x.id AS id LIMIT 1
