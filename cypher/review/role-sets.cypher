// title: Sets of roles
// question: Which roles are held together, and by how many accounts?
// why: The baseline: most accounts hold one of a few sets, and a set that only one account holds is worth a look.
// controls: CIS 6.8, SOC2 CC6.3, ISO27001 A.5.18, NIST AC-6
// severity: info
// needs: users, roles
// examines: accounts
// columns: roles, accounts, active, example
// Accounts without any role are in no-role.
// Sets are few, accounts are many: a set is put in order once, and not for each account.
MATCH (r:Role {workspace: $workspace})
WITH r, coalesce(r.name, r.id) AS role
MATCH (r)<-[:HAS_ROLE]-(u:User)
WITH u, collect(role) AS held
WITH held, count(u) AS accounts, sum(CASE WHEN u.active = true THEN 1 ELSE 0 END) AS active,
     min(coalesce(u.username, u.id)) AS example
WITH COLLECT { UNWIND held AS role RETURN role ORDER BY role } AS roles, accounts, active, example
RETURN roles, sum(accounts) AS accounts, sum(active) AS active, min(example) AS example
ORDER BY accounts DESC, example
