// title: Which of these names other accounts have too
// each: account
// param id: id of the account that the names are of
// param names: in lower case
MATCH (u:<Label or Former> {workspace: $workspace}) WHERE u.id <> $id
UNWIND <names in lower case> AS name
WITH DISTINCT name WHERE name IN $names
RETURN name ORDER BY name
