// title: Find accounts whose username begins like this
// param text: the first letters
// columns: account
MATCH (u:User {workspace: $workspace}) WHERE u.username STARTS WITH $text
RETURN properties(u) AS account ORDER BY u.username, u.id LIMIT 2000
