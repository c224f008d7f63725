// title: Accounts that never signed in
// question: How many active people's accounts has nobody ever used, and which are they?
// why: An account that nobody waits for is missed by nobody. One row a set of roles: after an import they may be thousands.
// controls: CIS 5.3, SOC2 CC6.2, NIST AC-2(3)
// severity: low
// needs: users, roles, federated
// examines: accounts
// param examples: 20 = names shown of each set of roles
// columns: roles, accounts, users
// Federated accounts sign in at home, and bots and apps use tokens.
// Sets of roles are few, accounts are many: a set is put in order once, and not for each account.
MATCH (u:User {workspace: $workspace})
WHERE u.id >= '' AND u.lastLogin IS NULL AND u.active = true AND u.type = 'user' AND NOT coalesce(u.federated, false)
OPTIONAL MATCH (u)-[:HAS_ROLE]->(r:Role)
WITH u, collect(coalesce(r.name, r.id)) AS held
WITH held, collect(coalesce(u.username, u.id)) AS users
WITH COLLECT { UNWIND held AS role RETURN role ORDER BY role } AS roles, users
UNWIND users AS user
WITH roles, user
WITH roles, user ORDER BY user
WITH roles, collect(user) AS users
WITH roles, size(users) AS accounts, users[0..$examples] AS users
RETURN roles, accounts, users
ORDER BY accounts DESC, roles
