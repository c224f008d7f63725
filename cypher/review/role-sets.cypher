// title: Sets of roles
// question: Which roles are held together, and by how many accounts?
// why: The baseline: most accounts hold one of a few sets, and a set that only one account holds is worth a look.
// controls: CIS 6.8, SOC2 CC6.3, ISO27001 A.5.18, NIST AC-6
// severity: info
// needs: users, roles
// examines: accounts
// columns: roles, accounts, active, example
// Accounts without any role are in no-role.
MATCH (r:Role {workspace: $workspace})<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WITH u, coalesce(r.name, r.id) AS role ORDER BY role
WITH u, collect(role) AS roles
RETURN roles, count(u) AS accounts, sum(CASE WHEN u.active = true THEN 1 ELSE 0 END) AS active,
       min(coalesce(u.username, u.id)) AS example
ORDER BY accounts DESC, example
