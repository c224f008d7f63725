// title: Administrators that are no active, known person
// question: Which administrators are deactivated, never approved, service accounts, federated, without a person's name, or of unknown type or state?
// why: An administrator should be one person, known by name, who can be asked. A deactivated one is administrator again the moment it is switched on.
// controls: SOC2 CC6.3, ISO27001 A.5.16, ISO27001 A.8.2, NIST AC-6(7), CIS 5.4
// severity: high
// needs: users, roles, federated
// examines: assignments
// columns: user, odd, name, type, active, lastLogin, path
// heuristic: A username such as admin or root, or a name that only repeats the username, is taken for no person's.
// when-incomplete: rows stay true
MATCH (u:User {workspace: $workspace})-[:HAS_ROLE]->(r:Role {workspace: $workspace, id: 'admin'})
WITH u, r, trim(coalesce(u.name, '')) AS name, toLower(coalesce(u.username, '')) AS username
WITH u, r, [one IN [
  CASE WHEN u.status = 'pending' THEN 'never approved' WHEN u.active = false THEN 'deactivated' WHEN u.active IS NULL THEN 'state not visible' END,
  CASE WHEN u.type IS NULL THEN 'type not visible' WHEN u.serviceAccount = true THEN 'service account'
       WHEN u.type <> 'user' THEN 'type ' + u.type END,
  CASE WHEN u.federated = true THEN 'federated' END,
  CASE WHEN name = '' THEN 'no name'
       WHEN toLower(name) = username
         OR username IN ['admin', 'administrator', 'root', 'superuser', 'sysadmin', 'system', 'rocketchat', 'test']
       THEN 'no name of a person' END
] WHERE one IS NOT NULL] AS odd
WHERE size(odd) > 0
RETURN coalesce(u.username, u.id) AS user, odd, u.name AS name, u.type AS type, u.active AS active,
       u.lastLogin AS lastLogin, [coalesce(u.username, u.id), coalesce(r.name, r.id)] AS path
ORDER BY user
