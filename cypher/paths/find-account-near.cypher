// title: Find accounts by a part of a name
// question: Which accounts have this text in their name or username, however it is written?
// param text: a part of the name
// columns: account, exact (the name is the text)
// The condition on id has Neo4j use the index, and so look at this workspace alone.
MATCH (u:User {workspace: $workspace})
WHERE u.id >= '' AND (toLower(u.username) CONTAINS toLower($text) OR toLower(u.name) CONTAINS toLower($text))
WITH u, coalesce(u.name = $text, false) AS exact
RETURN properties(u) AS account, exact ORDER BY exact DESC, coalesce(u.username, u.id), u.id LIMIT 20
