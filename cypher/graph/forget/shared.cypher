// title: Which of these names other accounts have too
// param id: id of the account that the names are of
// param names: in lower case
MATCH (u:User|FormerUser {workspace: $workspace}) WHERE u.id <> $id
UNWIND [toLower(u.username), toLower(u.name)] + [one IN coalesce(u.emails, []) | toLower(one)] AS name
WITH DISTINCT name WHERE name IN $names
RETURN name ORDER BY name
