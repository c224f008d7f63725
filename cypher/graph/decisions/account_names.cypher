// title: By which names each account would be the reviewer
// columns: user, subject
MATCH (u:User {workspace: $workspace}) WHERE u.id >= ''
RETURN u.id AS user, [u.username, u.name, u.emails] AS subject
