// title: Accounts of that username or id, those that are gone among them
// param user: username or id
MATCH (u:User|FormerUser {workspace: $workspace}) WHERE u.id = $user OR u.username = $user
RETURN u.id AS id, u.username AS username, u.name AS name, u.emails AS emails, u:User AS present,
       u.forgottenAs AS forgottenAs
ORDER BY id, present
