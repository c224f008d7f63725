// title: Administrators
// question: Who is administrator?
// why: The list to go through by name at every review. What is odd about one of them is asked apart (odd-administrators).
// controls: SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6(7)
// severity: info
// needs: users, roles
// examines: assignments
// columns: user, name, active, serviceAccount, federated, lastLogin, since, path
// when-incomplete: rows stay true
// `since`: since when this tool has seen the role on the account; Rocket.Chat does not tell when it was given.
MATCH (u:User {workspace: $workspace})-[held:HAS_ROLE]->(r:Role {workspace: $workspace, id: 'admin'})
RETURN coalesce(u.username, u.id) AS user, u.name AS name, u.active AS active, u.serviceAccount AS serviceAccount,
       u.federated AS federated, u.lastLogin AS lastLogin, held.firstSeen AS since,
       [coalesce(u.username, u.id), coalesce(r.name, r.id)] AS path
ORDER BY user
