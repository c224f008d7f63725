// title: Is there any Former<Label>
// each: node with a history
MATCH (x:Former<Label> {workspace: $workspace}) RETURN x.id AS id LIMIT 1
