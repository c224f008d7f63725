// title: Too many administrators
// question: Do more people hold the role admin than the few that it needs?
// why: Each of them can do everything, and each of their passwords is one that opens everything.
// controls: SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6(5), CIS 5.4
// severity: medium
// needs: users, roles
// examines: accounts
// param enough: 5 = administrators that a workspace may have
// columns: administrators, active, accounts, share, names
// heuristic: How many are too many is yours to say (-p enough=5). Accounts that are switched off are counted apart.
// share: of all accounts, in percent. names: the first twenty.
MATCH (:Role {workspace: $workspace, id: 'admin'})<-[:HAS_ROLE]-(u:User)
WITH u, coalesce(u.username, u.id) AS user ORDER BY user
WITH count(u) AS administrators, sum(CASE WHEN coalesce(u.active, true) THEN 1 ELSE 0 END) AS active,
     collect(user)[..20] AS names
WHERE active > $enough
MATCH (a:User {workspace: $workspace}) WHERE a.id >= ''
WITH administrators, active, names, count(a) AS accounts
RETURN administrators, active, accounts, administrators * 100 / accounts AS share, names
