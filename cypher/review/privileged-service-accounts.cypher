// title: Service accounts with an administrator's power
// question: Which bots and apps hold admin, or a permission that suffices to become administrator?
// why: Their secret lies in a file or a pipeline, with nobody's name on it and no second factor.
// controls: CIS 5.5, SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6(5)
// severity: high
// needs: users, roles, permissions
// examines: accounts
// columns: user, type, role, active, lastLogin, path
// when-incomplete: rows stay true
MATCH (r:Role {workspace: $workspace})
WITH r, COLLECT { MATCH (r)-[:GRANTS]->(p:Permission {tier: 'A'}) RETURN p.id ORDER BY p.id } AS gives
WHERE r.id = 'admin' OR size(gives) > 0
MATCH (r)<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WHERE u.serviceAccount = true
WITH u, r.id AS id, coalesce(u.username, u.id) AS user, coalesce(r.name, r.id) AS role,
     CASE WHEN r.id = 'admin' THEN [] ELSE [gives[0], 'admin'] END AS onward
RETURN user, u.type AS type, role, u.active AS active, u.lastLogin AS lastLogin, [user, role] + onward AS path
ORDER BY user, role, id
