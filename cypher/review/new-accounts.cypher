// title: New accounts
// question: Which accounts were seen for the first time in the last days?
// why: Each should go back to somebody who asked for it. When an account was made is not visible, only since when this tool has seen it; those of the first load may be of any age and are left out.
// controls: SOC2 CC6.2, ISO27001 A.5.18, NIST AC-2
// severity: info
// needs: users, roles, history
// examines: accounts
// param new_days: 30 = days since an account was first seen
// columns: user, firstSeen, name, type, active, serviceAccount, federated, lastLogin, roles
MATCH (u:User {workspace: $workspace}) WHERE u.id >= ''
WITH min(u.firstSeen) AS begun, collect(DISTINCT u.firstSeen) AS loads
WITH [load IN loads WHERE load > begun AND datetime(load) >= datetime($asOf) - duration({days: $new_days})] AS recent
WHERE size(recent) > 0
MATCH (u:User {workspace: $workspace}) WHERE u.id >= '' AND u.firstSeen IN recent
RETURN coalesce(u.username, u.id) AS user, u.firstSeen AS firstSeen, u.name AS name, u.type AS type,
       u.active AS active, u.serviceAccount AS serviceAccount, u.federated AS federated, u.lastLogin AS lastLogin,
       COLLECT { MATCH (u)-[:HAS_ROLE]->(r:Role) RETURN coalesce(r.name, r.id) AS role ORDER BY role } AS roles
ORDER BY firstSeen DESC, user
