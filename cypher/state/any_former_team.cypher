// title: Is there any FormerTeam
MATCH (x:FormerTeam {workspace: $workspace}) RETURN x.id AS id LIMIT 1
