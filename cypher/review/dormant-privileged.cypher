// title: Privileged accounts that nobody uses
// question: Which accounts with power over the whole workspace did not sign in for so long, or never?
// why: Nobody would notice if somebody else signed in. Privileged is who holds admin, a permission that suffices to become administrator, or a room role on the account itself.
// controls: CIS 5.3, SOC2 CC6.2, ISO27001 A.8.2, NIST AC-2(3)
// severity: high
// needs: users, roles, permissions
// examines: accounts
// param dormant_days: 90 = days without a sign-in from which an account counts as dormant
// columns: user, state, lastLogin, days, active, serviceAccount, federated, roles, path
// Deactivated accounts are in deactivated-with-roles: nobody can sign in to them.
MATCH (r:Role {workspace: $workspace})
WITH r, COLLECT { MATCH (r)-[:GRANTS]->(p:Permission {tier: 'A'}) RETURN p.id ORDER BY p.id } AS gives
WHERE r.id = 'admin' OR r.roomScoped = true OR size(gives) > 0
MATCH (r)<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WHERE coalesce(u.active, true)
  AND (u.lastLogin IS NULL OR datetime(u.lastLogin) < datetime($asOf) - duration({days: $dormant_days}))
WITH u, r.id AS id, coalesce(r.name, r.id) AS role,
     CASE WHEN r.id = 'admin' OR size(gives) = 0 THEN [] ELSE [gives[0], 'admin'] END AS onward,
     CASE WHEN r.id = 'admin' THEN 0 WHEN size(gives) > 0 THEN 1 ELSE 2 END AS rank
ORDER BY rank, role, id
WITH u, collect(role) AS roles, collect([coalesce(u.username, u.id), role] + onward) AS paths
RETURN coalesce(u.username, u.id) AS user,
       CASE WHEN u.lastLogin IS NULL THEN 'never signed in' ELSE 'dormant' END AS state, u.lastLogin AS lastLogin,
       CASE WHEN u.lastLogin IS NOT NULL THEN duration.inDays(datetime(u.lastLogin), datetime($asOf)).days END AS days,
       u.active AS active, u.serviceAccount AS serviceAccount, u.federated AS federated, roles, paths[0] AS path
ORDER BY lastLogin, user
