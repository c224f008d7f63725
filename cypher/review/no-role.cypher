// title: Active accounts without any role
// question: Which accounts are active and hold no role at all?
// why: Rocket.Chat gives every account a role when it is made. One without was made or changed by other means, and nobody has decided what it may do.
// controls: SOC2 CC6.3, ISO27001 A.5.18, NIST AC-2
// severity: low
// needs: users, roles
// examines: accounts
// columns: user, name, type, serviceAccount, federated, lastLogin
MATCH (u:User {workspace: $workspace})
WHERE u.id >= '' AND u.active = true AND NOT EXISTS { (u)-[:HAS_ROLE]->(:Role) }
RETURN coalesce(u.username, u.id) AS user, u.name AS name, u.type AS type, u.serviceAccount AS serviceAccount,
       u.federated AS federated, u.lastLogin AS lastLogin
ORDER BY user
