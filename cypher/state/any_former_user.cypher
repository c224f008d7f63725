// title: Is there any FormerUser
MATCH (x:FormerUser {workspace: $workspace}) RETURN x.id AS id LIMIT 1
