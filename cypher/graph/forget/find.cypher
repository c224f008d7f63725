// title: Accounts of that username or id, those that are gone among them
// param user: username or id
MATCH (u:User|FormerUser {workspace: $workspace}) WHERE u.id = $user OR u.username = $user
RETURN u.id AS id, properties(u) AS account, u:User AS present
ORDER BY id, present
