// title: Guests with another role
// question: Which accounts hold guest together with another role?
// why: With a licence, guest limits its holder to a short list of permissions whatever else they hold, admin too: the other role is void, until guest is taken away or the licence ends. Without a licence it is the other way round.
// controls: SOC2 CC6.3, ISO27001 A.5.15, NIST AC-6
// severity: low
// needs: users, roles
// examines: accounts
// columns: user, others, active, serviceAccount, lastLogin, path
MATCH (g:Role {workspace: $workspace, id: 'guest'})<-[:HAS_ROLE]-(u:User {workspace: $workspace})
MATCH (u)-[:HAS_ROLE]->(r:Role)
WHERE r.id <> 'guest'
WITH g, u, coalesce(r.name, r.id) AS role ORDER BY role
WITH g, u, collect(role) AS others
WITH g, u, others, reduce(text = coalesce(g.name, g.id), role IN others | text + ' + ' + role) AS together
RETURN coalesce(u.username, u.id) AS user, others, u.active AS active, u.serviceAccount AS serviceAccount,
       u.lastLogin AS lastLogin, [coalesce(u.username, u.id), together] AS path
ORDER BY user
